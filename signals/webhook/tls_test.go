package webhook_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/webhook"
)

// pair makes a certificate for "receiver" and its key, in PEM.
func pair(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"receiver"}, NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// loopback returns the two ends of a connection on this machine.
func loopback() (here, there net.Conn, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if here, err = net.Dial("tcp", l.Addr().String()); err != nil {
		return nil, nil, err
	}
	there, err = l.Accept()
	return here, there, err
}

// TestTLS speaks TLS beyond this machine without being told to expose itself.
func TestTLS(t *testing.T) {
	cert, key := pair(t)
	b := begin(t, "", func(c *webhook.Config) {
		c.Listen, c.TLSCert, c.TLSKey = ":443", market.NewSecret(string(cert)), market.NewSecret(string(key))
	})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: func(context.Context, string, string) (net.Conn, error) {
		here, there, err := loopback() // a pipe would have both wait for the other's last word
		if err == nil {
			b.pipes.conns <- called{there, "203.0.113.7:4711"}
		}
		return here, err
	}}
	for scheme, want := range map[string]int{"https": 200, "http": 400} {
		r, err := http.NewRequest("POST", scheme+"://receiver/alerts", strings.NewReader(buy))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Secret", canary)
		res, err := transport.RoundTrip(r)
		if err != nil || res.StatusCode != want {
			t.Fatal(scheme, res, err)
		}
		_ = res.Body.Close()
	}
	if len(b.stored) != 1 {
		t.Error(b.rows())
	}
}
