package binance

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// A signer signs requests with the keys of an account. It prints nothing of them.
type signer struct {
	key    market.Secret                 // the API key
	secret market.Secret                 // what is signed with
	scheme string                        // "HMAC", "RSA" or "Ed25519"
	sum    func(payload []byte) []byte   // the signature's bytes
	text   func(signature []byte) string // as the venue reads them
}

// newSigner tells from the secret's text what it is: PEM is a private key, anything else
// the secret of an HMAC key.
func newSigner(key, secret market.Secret) (*signer, error) {
	api := key.Reveal()
	if api == "" || secret.Reveal() == "" {
		return nil, errors.New("there is no key: set key and secret")
	}
	if strings.ContainsFunc(api, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the key holds a space, a line break or what is no ASCII")
	}
	s := &signer{key: key, secret: secret, scheme: "HMAC", text: hex.EncodeToString}
	text := strings.TrimSpace(secret.Reveal())
	if !strings.HasPrefix(text, "-----BEGIN") {
		s.sum = func(payload []byte) []byte {
			mac := hmac.New(sha256.New, []byte(text))
			mac.Write(payload)
			return mac.Sum(nil)
		}
		return s, nil
	}
	s.text = base64.StdEncoding.EncodeToString
	if err := s.private(strings.ReplaceAll(text, `\n`, "\n")); err != nil {
		return nil, err
	}
	return s, nil
}

// private takes a private key. Errors do not quote it.
func (s *signer) private(text string) error {
	block, rest := pem.Decode([]byte(text))
	if block == nil || strings.TrimSpace(string(rest)) != "" {
		return errors.New("the secret begins like PEM and is none, or more than one key")
	}
	if block.Type != "PRIVATE KEY" {
		return fmt.Errorf("the secret is a PEM of type %q: a private key as PKCS#8, without a pass phrase, is wanted (openssl pkcs8 -topk8 -nocrypt)", block.Type)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return errors.New("the secret is a PEM that holds no private key as PKCS#8")
	}
	switch k := key.(type) {
	case ed25519.PrivateKey:
		s.scheme, s.sum = "Ed25519", func(payload []byte) []byte { return ed25519.Sign(k, payload) }
	case *rsa.PrivateKey:
		s.scheme, s.sum = "RSA", func(payload []byte) []byte { return signRSA(k, payload) }
		if s.sum(nil) == nil {
			return errors.New("the secret is an RSA key that is too short to sign with")
		}
	default:
		return fmt.Errorf("the secret is a %T: the venue takes RSA and Ed25519", key)
	}
	return nil
}

func signRSA(k *rsa.PrivateKey, payload []byte) []byte {
	sum := sha256.Sum256(payload)
	signature, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
	if err != nil {
		return nil // only of keys that are too short: the venue refuses those
	}
	return signature
}

// sign returns the signature of what is sent, as it is sent: query and body.
func (s *signer) sign(payload []byte) string { return s.text(s.sum(payload)) }

// params signs the parameters of a request of the websocket API: it adds apiKey and
// signature. They are signed in alphabetical order, as they are, without any encoding.
func (s *signer) params(params map[string]string) {
	params["apiKey"] = s.key.Reveal()
	delete(params, "signature")
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	var payload []byte
	for i, name := range names {
		if i > 0 {
			payload = append(payload, '&')
		}
		payload = append(append(append(payload, name...), '='), params[name]...)
	}
	params["signature"] = s.sign(payload)
}

// stamped returns a query with time and signature, of a query and a body that may have an
// older one of both. The parameters are percent-encoded already.
func (s *signer) stamped(query, body, timestamp string) string {
	buf := make([]byte, 0, len(query)+len(body)+400)
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name != "" && name != "timestamp" && name != "signature" {
			buf = append(append(buf, part...), '&')
		}
	}
	buf = append(append(buf, "timestamp="...), timestamp...)
	n := len(buf)
	signature := s.sign(append(buf, body...))
	buf = append(buf[:n], "&signature="...)
	return string(append(buf, url.QueryEscape(signature)...))
}

// hide takes what is secret out of a text.
func (s *signer) hide(text string) string {
	return strings.NewReplacer(s.key.Reveal(), "***", strings.TrimSpace(s.secret.Reveal()), "***").Replace(text)
}
