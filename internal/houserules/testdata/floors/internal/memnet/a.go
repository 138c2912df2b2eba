package memnet

import _ "github.com/centrala-go/centrala/transport" // want "internal/memnet must not import transport"
