/* AMX: its tiles are no vectors, and have no intervals. */
