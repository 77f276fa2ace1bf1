package binance

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// The example of the venue's page on signed requests.
const (
	exampleKey    = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
	exampleSecret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
)

func mustSign(t testing.TB, secret string) *signer {
	t.Helper()
	s, err := newSigner(market.NewSecret(exampleKey), market.NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKnownSignatures: those that the venue's documentation prints.
func TestKnownSignatures(t *testing.T) {
	s := mustSign(t, exampleSecret)
	const query = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
	const want = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
	if got := s.sign([]byte(query + "&timestamp=1499827319559")); got != want {
		t.Error(got)
	}
	if got := s.stamped("signature=ff&"+query+"&timestamp=7", "", "1499827319559"); got != query+"&timestamp=1499827319559&signature="+want {
		t.Error(got)
	}
	params := map[string]string{
		"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01000000", "price": "52000.00",
		"recvWindow": "100", "timestamp": "1645423376532",
	}
	s.params(params)
	s.params(params) // an older signature is not signed
	if params["signature"] != "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24" || params["apiKey"] != exampleKey {
		t.Error(params)
	}
}

// pemOf writes a private key as PKCS#8.
func pemOf(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// TestPrivateKeys: what a key is is told from its text, and its signatures verify, of the
// query and the body together.
func TestPrivateKeys(t *testing.T) {
	public, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rivest, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		scheme string
		key    any
		verify func(payload, signature []byte) bool
	}{
		{"Ed25519", edwards, func(p, s []byte) bool { return ed25519.Verify(public, p, s) }},
		{"RSA", rivest, func(p, s []byte) bool {
			sum := sha256.Sum256(p)
			return rsa.VerifyPKCS1v15(&rivest.PublicKey, crypto.SHA256, sum[:], s) == nil
		}},
	} {
		text := pemOf(t, test.key)
		for _, secret := range []string{text, "\n" + text + "\n", strings.ReplaceAll(strings.TrimSpace(text), "\n", `\n`)} {
			s := mustSign(t, secret)
			query := s.stamped("recvWindow=5000", "symbol=A%26B&side=BUY", "1499827319559")
			signed, text, _ := strings.Cut(query, "&signature=")
			text, err := url.QueryUnescape(text)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := base64.StdEncoding.DecodeString(text)
			if err != nil || s.scheme != test.scheme || !test.verify([]byte(signed+"symbol=A%26B&side=BUY"), signature) {
				t.Errorf("%s %s: %v", s.scheme, query, err)
			}
		}
	}
}

// TestBadKeys: what is no key is refused, and not quoted.
func TestBadKeys(t *testing.T) {
	for _, test := range []struct{ key, secret, want string }{
		{"", "hush-secret", "there is no key"},
		{"k", "", "there is no key"},
		{"hush key", "hush-secret", "holds a space"},
		{"k", "-----BEGIN PRIVATE KEY-----\nhush", "begins like PEM"},
		{"k", "-----BEGIN RSA PRIVATE KEY-----\naHVzaA==\n-----END RSA PRIVATE KEY-----", "PKCS#8"},
		{"k", "-----BEGIN PRIVATE KEY-----\naHVzaA==\n-----END PRIVATE KEY-----", "holds no private key"},
	} {
		s, err := newSigner(market.NewSecret(test.key), market.NewSecret(test.secret))
		if s != nil || err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "aHVz") {
			t.Errorf("%q: %v", test, err)
		}
	}
	if text := fmt.Sprintf("%v %+v", mustSign(t, exampleSecret), *mustSign(t, exampleSecret)); strings.Contains(text, exampleKey) || strings.Contains(text, exampleSecret) {
		t.Error(text)
	}
}
