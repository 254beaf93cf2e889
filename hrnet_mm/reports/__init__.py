"""What a user looks at after training and testing: pictures, tables and pages."""
