"of an external file"
