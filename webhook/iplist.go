package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// ParsePrefixes reads a list of addresses and CIDR prefixes, IPv4 or IPv6, for
// Config.Allow and Config.TrustedProxies. A single address stands for itself
// alone. Empty texts are skipped; anything else unreadable is an error.
func ParsePrefixes(texts ...string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range texts {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := parsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("webhook: %q is neither an address nor a prefix", text)
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return p, err
		}
		if p.Addr().Is4In6() {
			if p.Bits() < 96 {
				return p, errors.New("prefix covers more than the mapped addresses")
			}
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, errors.New("not an address")
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// ClientIP is the address of whoever sent the request. That is the direct peer
// unless the peer is a trusted proxy: then X-Forwarded-For is walked from right
// to left past the trusted proxies, and the first other address is the client.
// What stands further left was written by the client and proves nothing.
func ClientIP(r *http.Request, trusted []netip.Prefix) (netip.Addr, error) {
	at, err := parseHop(r.RemoteAddr)
	if err != nil {
		return at, errors.New("webhook: RemoteAddr is no address")
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && contains(trusted, at); i-- {
		hop := strings.TrimSpace(hops[i])
		if hop == "" {
			continue
		}
		if at, err = parseHop(hop); err != nil {
			return netip.Addr{}, errors.New("webhook: X-Forwarded-For holds no address where one is due")
		}
	}
	return at, nil
}

// parseHop reads an address with or without a port.
func parseHop(text string) (netip.Addr, error) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), nil
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		if p.Contains(a) {
			return true
		}
	}
	return false
}
