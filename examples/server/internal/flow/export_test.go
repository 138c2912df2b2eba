package flow

// Lightly is how an announcement is written to SQLite.
var Lightly = lightlySQLite
