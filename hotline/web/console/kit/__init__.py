"""What several pages are made of: tables with pages, labelled fields, headings, files that are sent."""
