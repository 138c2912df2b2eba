package callyzer

import _ "github.com/centrala-go/centrala/callyzer/callsync" // want "callyzer must not import callyzer/callsync"
