package venue

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// authenticate applies the checks of a request that names a key: its format, the key and
// what it may do, the time, the signature; the time once more, as the matching engine does.
func (c *call) authenticate() *refusal {
	e := c.endpoint
	if e.security == public {
		return nil
	}
	if c.key = c.logon; c.key == nil {
		if c.key = c.venue.keys[c.api]; c.key == nil && !isKey(c.api) {
			return errKeyFormat
		}
	}
	if c.key == nil || e.security == trading && !c.key.Trade {
		return errKey
	}
	if e.security == keyed {
		return nil
	}
	stamp, window, r := c.times()
	if r != nil {
		return r
	}
	if r := timely(stamp, window, c.arrived+c.venue.clock.skew); r != nil {
		return r
	}
	if c.logon == nil && !c.key.verify(c.payload, c.signature) {
		return errSignature
	}
	return timely(stamp, window, c.venue.clock.now+c.venue.clock.skew)
}

// isKey reports whether a text looks like a key.
func isKey(s string) bool {
	letters := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	return len(s) == 64 && strings.TrimFunc(s, letters) == ""
}

// The window of a request, and the longest there is.
const (
	defaultWindow = 5 * time.Second
	longestWindow = 60 * time.Second
)

// times reads timestamp and recvWindow.
func (c *call) times() (stamp market.Time, window time.Duration, bad *refusal) {
	c.bad = nil
	text := c.need("timestamp")
	if c.logon == nil && c.signature == "" {
		c.reject(errMandatory("signature"))
	}
	if c.bad != nil {
		return 0, 0, c.bad
	}
	stamp, ok := parseStamp(text)
	if !ok {
		return 0, 0, errIllegal("timestamp", `^[0-9]{1,20}$`)
	}
	window = defaultWindow
	if ms, sent := c.params.get("recvWindow"); sent {
		if window, bad = parseWindow(ms); bad != nil {
			return 0, 0, bad
		}
	}
	return stamp, window, nil
}

// parseStamp reads a time in milliseconds or microseconds.
func parseStamp(s string) (market.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n < 0:
		return 0, false
	case n < 1e14: // as milliseconds, that is the year 5138
		return market.Millis(n), true
	case n < 9e15:
		return market.Time(n) * market.Time(time.Microsecond), true
	}
	return 0, false
}

// parseWindow reads milliseconds with at most three decimals.
func parseWindow(s string) (time.Duration, *refusal) {
	whole, part, dot := strings.Cut(s, ".")
	if s == "" {
		return 0, errEmpty("recvWindow")
	}
	if len(whole) > 9 || whole == "" || len(part) > 3 || dot && part == "" || strings.Trim(whole+part, "0123456789") != "" {
		return 0, errIllegal("recvWindow", `^[0-9]{1,5}(\.[0-9]{1,3})?$`)
	}
	us, _ := strconv.ParseInt(whole+part+"000"[len(part):], 10, 64)
	window := time.Duration(us) * time.Microsecond
	if window > longestWindow {
		return 0, refuse(-1131, "'recvWindow' must be less than 60000.")
	}
	return window, nil
}

// timely is the venue's rule: the request is not of the future, by a second, and not too old.
func timely(stamp market.Time, window time.Duration, now market.Time) *refusal {
	switch {
	case stamp >= now+market.Time(time.Second):
		return errEarly
	case now-stamp > market.Time(window):
		return errLate
	}
	return nil
}

// verify reports whether a key made a signature: HMAC in hex of any case, RSA or Ed25519 in
// base64.
func (k *Key) verify(payload, signature string) bool {
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		sum := sha256.Sum256([]byte(payload))
		b, err := base64.StdEncoding.DecodeString(signature)
		return err == nil && rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], b) == nil
	case ed25519.PublicKey:
		b, err := base64.StdEncoding.DecodeString(signature)
		return err == nil && len(public) == ed25519.PublicKeySize && ed25519.Verify(public, []byte(payload), b)
	}
	if !k.Secret.Set() {
		return false
	}
	mac := hmac.New(sha256.New, []byte(k.Secret.Reveal()))
	mac.Write([]byte(payload))
	b, err := hex.DecodeString(signature)
	return err == nil && hmac.Equal(b, mac.Sum(nil))
}

// unsigned returns raw parameters without the signature, as they were received, and the
// signature, decoded.
func unsigned(raw string) (rest, signature string) {
	at := 0
	if !strings.HasPrefix(raw, signatureParam) {
		i := strings.Index(raw, "&"+signatureParam)
		if i < 0 {
			return raw, ""
		}
		at = i + 1
	}
	value, after, more := strings.Cut(raw[at+len(signatureParam):], "&")
	switch rest = raw[:at]; {
	case more:
		rest += after
	default:
		rest = strings.TrimSuffix(rest, "&")
	}
	signature, err := url.PathUnescape(value) // a + stands for itself: base64 has it
	if err != nil {
		return rest, value
	}
	return rest, signature
}

const signatureParam = "signature="
