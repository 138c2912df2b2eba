package centrala

import _ "github.com/centrala-go/centrala/transport" // want ". must not import transport"
