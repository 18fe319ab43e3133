"""Pages of consultations: `guests` come with a link, `rooms` is the call, `staff` runs it, `notes` writes it down."""
