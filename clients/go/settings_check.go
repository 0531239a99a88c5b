package chatapi

import (
	"errors"
	"fmt"
)

func (s *settings) defaultPort() string {
	if s.httpClient != nil {
		return httpPort
	}
	return grpcPort
}

// check reads the address and tells all faults at once.
func (s *settings) check() error {
	var faults []error
	var err error
	if s.token, err = s.givenToken.source(); err != nil {
		faults = append(faults, err)
	}
	if s.endpoint, err = parseAddress(s.address, s.defaultPort()); err != nil {
		faults = append(faults, err)
	} else if s.tlsConfig != nil && !s.endpoint.tls {
		faults = append(faults, fmt.Errorf("chatapi: WithTLSConfig needs an https:// address, and %q is none", s.address))
	} else if s.token != fixedToken("") && !s.allowPlaintextToken && !s.endpoint.keepsSecrets() {
		faults = append(faults, fmt.Errorf("chatapi: the token would travel to %s in plaintext; "+
			"use an https:// address, or allow it WithAllowPlaintextToken", s.endpoint.hostPort()))
	}
	if s.timeout < 0 {
		faults = append(faults, fmt.Errorf("chatapi: the timeout %s is negative", s.timeout))
	}
	if s.httpClient != nil && len(s.dialOptions) > 0 {
		faults = append(faults, errors.New("chatapi: WithDialOptions is for gRPC and has no effect WithConnect"))
	}
	return errors.Join(faults...)
}
