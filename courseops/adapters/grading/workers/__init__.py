"""Who grades: processes of this machine, or of others, that are handed parcels of bytes."""
