"""The functions that rooftree finds in C and C++ files, beside those that universal-ctags finds."""
