"""The embedded model server: llama.cpp in a child process."""
