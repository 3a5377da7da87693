"""What people look at: sessions, the room, a person, a group, the report."""
