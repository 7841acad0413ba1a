# Its own option for what waits in the accept queue.
drain_on_shutdown
