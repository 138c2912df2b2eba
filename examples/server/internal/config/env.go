package config

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// reader reads variables and gathers what is wrong with them.
type reader struct {
	get  func(string) string
	errs []error
}

func (r *reader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

func (r *reader) err() error { return errors.Join(r.errs...) }

func (r *reader) text(name, fallback string) string {
	if v := strings.TrimSpace(r.get(name)); v != "" {
		return v
	}
	return fallback
}

// secret reads NAME, or the file that NAME_FILE names.
func (r *reader) secret(name string) Secret {
	value, path := r.text(name, ""), r.text(name+"_FILE", "")
	switch {
	case value != "" && path != "":
		r.fail("%s and %s_FILE are both set", name, name)
	case path != "":
		s, err := fileSecret(name, path)
		if err != nil {
			r.errs = append(r.errs, err)
		}
		return s
	}
	return NewSecret(value)
}

// textOrFile reads NAME, or once, at start, the file that NAME_FILE names.
func (r *reader) textOrFile(name, fallback string) string {
	s := r.secret(name)
	if !s.Set() || len(r.errs) > 0 {
		return fallback
	}
	v, err := s.Value(context.Background())
	if err != nil {
		r.errs = append(r.errs, err)
	}
	return v
}

func (r *reader) location(name, fallback string) *time.Location {
	zone := r.text(name, fallback)
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		r.fail("%s: %q is not the name of a time zone", name, zone)
		return time.UTC
	}
	return loc
}

func (r *reader) url(name, fallback string) string {
	v := r.text(name, fallback)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		r.fail("%s: is not an http or https URL", name)
	}
	return strings.TrimSuffix(v, "/")
}

// vendorURL is url for an address that credentials are sent to: in plain text
// only on this machine.
func (r *reader) vendorURL(name, fallback string) string {
	v := r.url(name, fallback)
	if u, err := url.Parse(v); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		r.fail("%s: would send the credential over plain http", name)
	}
	return v
}

// loopback also accepts the reserved names that never leave the machine.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".test") || (err == nil && addr.IsLoopback())
}

func (r *reader) prefixes(name string) []netip.Prefix {
	var out []netip.Prefix
	for part := range strings.SplitSeq(r.text(name, ""), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := parsePrefix(part)
		if err != nil {
			r.fail("%s: %q is neither an address nor a prefix", name, part)
			continue
		}
		out = append(out, p)
	}
	return out
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// group reports whether a vendor is configured. When only some of its
// variables are set, it fails with the names of the missing ones.
func (r *reader) group(set map[string]bool, order ...string) bool {
	var missing []string
	for _, name := range order {
		if !set[name] {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		return true
	case len(order):
		return false
	}
	r.fail("missing %s: its vendor is only half configured", strings.Join(missing, ", "))
	return false
}
