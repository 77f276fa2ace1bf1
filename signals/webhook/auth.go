package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/jsonrow"
)

// sender returns the address of who sent a request: of the connection, or behind a proxy
// that is believed, the last that the proxies did not add themselves.
func (r *receiver) sender(req *http.Request) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	at, err := netip.ParseAddr(host)
	if at = at.Unmap().WithZone(""); err != nil || !within(r.proxies, at) {
		return at, err == nil
	}
	hops := strings.Split(strings.Join(req.Header.Values("X-Forwarded-For"), ","), ",")
	for len(hops) > 0 {
		last := strings.TrimSpace(hops[len(hops)-1])
		hops = hops[:len(hops)-1]
		if at, err = netip.ParseAddr(last); err != nil {
			return netip.Addr{}, false // the proxy did not say who it was
		}
		if at = at.Unmap().WithZone(""); !within(r.proxies, at) {
			break
		}
	}
	return at, true
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// allowed reports whether the list lets a request through.
func (r *receiver) allowed(req *http.Request) bool {
	at, ok := r.sender(req)
	return len(r.allow) == 0 || ok && within(r.allow, at)
}

// atPath reports whether a request asks for the path, with the secret where it stands there.
func (r *receiver) atPath(req *http.Request) bool {
	if r.Auth != "path" {
		return req.URL.Path == r.Path
	}
	return equal(req.URL.Path, strings.TrimSuffix(r.Path, "/")+"/"+r.Secret.Reveal())
}

// equal compares in a time that tells nothing of where two texts differ, nor how long the
// secret is.
func equal(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// proves reports whether a request knows the secret, as far as its head and its bytes
// tell; one in the body is looked up later.
func (r *receiver) proves(req *http.Request, body []byte) bool {
	switch r.Auth {
	case "header":
		return equal(strings.TrimSpace(req.Header.Get(r.header())), r.Secret.Reveal())
	case "hmac":
		return r.signed(req, body)
	}
	return true
}

// signed checks the signature: HMAC-SHA256 of the time, a dot and the body, or of the body
// alone, in hex.
func (r *receiver) signed(req *http.Request, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(r.Secret.Reveal()))
	if r.Stamp != "" {
		stamp := strings.TrimSpace(req.Header.Get(r.Stamp))
		seconds, err := strconv.ParseInt(stamp, 10, 48)
		if off := r.env.Now().Sub(time.Unix(seconds, 0)).Abs(); err != nil || off > time.Duration(r.Window) {
			return false
		}
		mac.Write([]byte(stamp + "."))
	}
	mac.Write(body)
	given := strings.TrimPrefix(strings.TrimSpace(req.Header.Get(r.header())), "sha256=")
	sum, err := hex.DecodeString(given)
	return err == nil && hmac.Equal(sum, mac.Sum(nil))
}

// document reads a body: JSON, or text by the pattern.
func (r *receiver) document(body []byte) (any, error) {
	if r.text == nil {
		return jsonrow.Decode(body)
	}
	found := r.text.FindSubmatch(bytes.TrimSpace(body))
	if found == nil {
		return nil, errNoMatch
	}
	doc := map[string]any{}
	for i, name := range r.text.SubexpNames() {
		if name != "" && found[i] != nil {
			doc[name] = string(bytes.ToValidUTF8(found[i], []byte("?")))
		}
	}
	return doc, nil
}

// confides reports whether a document holds the secret where it belongs.
func (r *receiver) confides(doc any) bool {
	if r.Auth != "body" {
		return true
	}
	said, ok := r.SecretAt.Get(doc)
	text, isText := said.(string)
	return ok && isText && equal(text, r.Secret.Reveal())
}

// hide takes the secret out of a text.
func (r *receiver) hide(text string) string {
	if !r.Secret.Set() {
		return text
	}
	return strings.ReplaceAll(text, r.Secret.Reveal(), r.Secret.String())
}

// masked returns a document without the secret in any of its strings, and whether it was
// in one, however that was spelt.
func (r *receiver) masked(doc any) (clean any, found bool) {
	switch v := doc.(type) {
	case string:
		text := r.hide(v)
		return text, text != v
	case []any:
		for i := range v {
			one, in := r.masked(v[i])
			v[i], found = one, found || in
		}
	case map[string]any:
		for name, value := range v {
			one, in := r.masked(value)
			text := r.hide(name)
			if v[name] = one; text != name {
				delete(v, name)
				v[text], in = one, true
			}
			found = found || in
		}
	}
	return doc, found
}

// redacted returns the body as it may be stored. Where the secret is spelt so that it is
// not found in the bytes, nothing is.
func (r *receiver) redacted(body []byte) []byte {
	kept := []byte(r.hide(string(body)))
	quoted, _ := json.Marshal(r.Secret.Reveal())
	if r.Secret.Set() {
		kept = bytes.ReplaceAll(kept, quoted[1:len(quoted)-1], []byte(r.Secret.String()))
	}
	if doc, err := jsonrow.Decode(kept); err == nil {
		if _, found := r.masked(doc); found {
			return nil
		}
	}
	return kept
}
