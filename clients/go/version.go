package chatapi

import (
	"runtime/debug"
	"sync"
)

const modulePath = "github.com/chatapi/chatapi"

// userAgent names this package and the version with which the running program was built.
var userAgent = sync.OnceValue(func() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == modulePath {
				version = module.Version
			}
		}
	}
	return "chatapi-go/" + version
})
