package chatapi

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const addressForms = "expected HOST:PORT, http://HOST:PORT or https://HOST:PORT"

// endpoint is where a server listens.
type endpoint struct {
	host string
	port string
	tls  bool
}

func parseAddress(text, defaultPort string) (endpoint, error) {
	e, err := readAddress(text, defaultPort)
	if err != nil {
		return endpoint{}, fmt.Errorf("chatapi: %q is no address of a server: %w; %s", text, err, addressForms)
	}
	return e, nil
}

func readAddress(text, port string) (endpoint, error) {
	scheme, rest, hasScheme := strings.Cut(text, "://")
	if hasScheme {
		switch strings.ToLower(scheme) {
		case "http":
			port = "80"
		case "https":
			port = "443"
		default:
			return endpoint{}, fmt.Errorf("the scheme %s is unknown", scheme)
		}
	} else {
		rest = text
	}
	u, err := url.Parse("//" + rest)
	switch {
	case err != nil:
		return endpoint{}, fmt.Errorf("it cannot be read")
	case u.User != nil:
		return endpoint{}, fmt.Errorf("it holds a user")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return endpoint{}, fmt.Errorf("something follows the port")
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \t\r\n"):
		return endpoint{}, fmt.Errorf("it names no host")
	}
	if u.Port() != "" {
		port = u.Port()
	} else if strings.HasSuffix(u.Host, ":") {
		return endpoint{}, fmt.Errorf("the port is missing")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return endpoint{}, fmt.Errorf("the port %s is none", port)
	}
	return endpoint{host: u.Hostname(), port: port, tls: strings.EqualFold(scheme, "https") && hasScheme}, nil
}

func (e endpoint) hostPort() string {
	return net.JoinHostPort(e.host, e.port)
}

func (e endpoint) url() string {
	if e.tls {
		return "https://" + e.hostPort()
	}
	return "http://" + e.hostPort()
}

// isName tells whether the host is a name, behind which there may be several servers.
func (e endpoint) isName() bool {
	_, err := netip.ParseAddr(e.host)
	return err != nil && !e.isLocalhost()
}

func (e endpoint) isLocalhost() bool {
	host := strings.ToLower(e.host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// keepsSecrets tells whether nobody between here and the server can read along.
func (e endpoint) keepsSecrets() bool {
	if e.tls || e.isLocalhost() {
		return true
	}
	ip, err := netip.ParseAddr(e.host)
	return err == nil && ip.Unmap().IsLoopback()
}
