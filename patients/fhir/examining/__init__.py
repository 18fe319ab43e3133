"""What a body is, asked before anything is done with it; a large one is looked at by another process."""
