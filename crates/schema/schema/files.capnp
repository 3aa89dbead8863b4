@0xc90c51a1401f69b4;
# Files of a session's home.
