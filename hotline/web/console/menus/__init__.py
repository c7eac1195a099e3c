"""Pages on which administrators edit menus and prompts."""
