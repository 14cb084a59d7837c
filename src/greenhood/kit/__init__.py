"""What knows no word of the programme: dates, holidays, storage, Excel, PostgreSQL."""
