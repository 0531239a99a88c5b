"""What stands behind `chatapi.chat_api`: MaiBot's objects, filled from the wire."""
