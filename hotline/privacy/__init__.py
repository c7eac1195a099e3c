"""What people may ask about their own data (DOMAIN section 9; PIPL articles 44 to 47), and what was done."""
