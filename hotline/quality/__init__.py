"""Quality review 质检: calls drawn by chance, listened to, scored by a form."""
