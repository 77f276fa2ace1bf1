package app_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/app"
)

// localVenue is one that the command serves.
type localVenue struct {
	t                       *testing.T
	URL, Admin, Key, Secret string
	notes                   *bytes.Buffer // once it has ended
}

// serveVenue runs the command until the test ends.
func serveVenue(t *testing.T, args ...string) *localVenue {
	t.Helper()
	in, out := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	v := &localVenue{t: t, notes: new(bytes.Buffer)}
	done := make(chan int)
	go func() {
		code := app.Run(ctx, app.Default(), append([]string{"--format", "json", "--data", t.TempDir(), "venue", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, args...), out, v.notes)
		_ = out.Close()
		done <- code
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 || !strings.Contains(v.notes.String(), "stopped at") {
			t.Errorf("it ended with %d: %s", code, v.notes)
		}
	})
	if err := json.NewDecoder(in).Decode(v); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, in) }()
	return v
}

// ask sends a request, and reads the answer.
func (v *localVenue) ask(method, url string, into any) int {
	v.t.Helper()
	q, err := http.NewRequest(method, url, http.NoBody)
	if err != nil {
		v.t.Fatal(err)
	}
	q.Header.Set("X-MBX-APIKEY", v.Key)
	q.Close = true
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	if err := json.NewDecoder(a.Body).Decode(into); err != nil {
		v.t.Fatal(err)
	}
	return a.StatusCode
}

// order places an order, and returns the status and the venue's code.
func (v *localVenue) order(query string, at time.Time) (status, code int) {
	v.t.Helper()
	query += fmt.Sprintf("&timestamp=%d", at.UnixMilli())
	mac := hmac.New(sha256.New, []byte(v.Secret))
	mac.Write([]byte(query))
	var a struct{ Code int }
	status = v.ask("POST", v.URL+"/api/v3/order?"+query+"&signature="+hex.EncodeToString(mac.Sum(nil)), &a)
	return status, a.Code
}

// TestVenueServesTheHistoryAsOfNow trades by this machine's clock, and sets a fault.
func TestVenueServesTheHistoryAsOfNow(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("serve", func(t *testing.T) {
		v := serveVenue(t, "--symbols", "BTCUSDT", "--balance", "USDT=500000")
		var clock struct{ ServerTime int64 }
		if v.ask("GET", v.URL+"/api/v3/time", &clock); time.Since(time.UnixMilli(clock.ServerTime)).Abs() > time.Minute {
			t.Errorf("the time is %s", time.UnixMilli(clock.ServerTime))
		}
		const buy = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01"
		if status, code := v.order(buy, time.Now()); status != 200 {
			t.Error(status, code)
		}
		var list struct{ Faults []string }
		if v.ask("POST", v.Admin+"/faults?fault=unknown@order.place*1", &list); len(list.Faults) != 1 {
			t.Error(list)
		}
		if status, code := v.order(buy, time.Now()); status != 408 || code != -1007 {
			t.Error(status, code)
		}
		var state struct {
			Spot struct{ Orders []struct{ Status string } }
		}
		if v.ask("GET", v.Admin+"/state", &state); len(state.Spot.Orders) != 2 || state.Spot.Orders[1].Status != "FILLED" {
			t.Errorf("%+v", state)
		}
	})
}

// TestVenueSaysThatItsHistoryIsOver lets the last bar pass.
func TestVenueSaysThatItsHistoryIsOver(t *testing.T) {
	var v *localVenue
	t.Run("serve", func(t *testing.T) {
		v = serveVenue(t, "--symbols", "BTCUSDT", "--market", "spot", "--from", "2025-09-19T20:00:00Z", "--speed", "1000000")
		for end := time.Now().Add(10 * time.Second); ; {
			var clock struct{ Now time.Time }
			if v.ask("GET", v.Admin+"/clock", &clock); clock.Now.After(time.Date(2025, 9, 20, 12, 0, 0, 0, time.UTC)) {
				return
			}
			if time.Now().After(end) {
				t.Fatal("the clock stands still")
			}
		}
	})
	if !strings.Contains(v.notes.String(), "the history has ended, at 2025-09-19T23:00:00Z") {
		t.Error(v.notes)
	}
}

// banner runs the command until it has said how to connect.
func banner(t *testing.T, args ...string) (code int, text string) {
	t.Helper()
	in, out := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done, notes := make(chan int, 1), new(bytes.Buffer)
	go func() {
		done <- app.Run(ctx, app.Default(), append([]string{"--data", t.TempDir(), "venue", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--symbols", "BTCUSDT"}, args...), out, notes)
		_ = out.Close()
	}()
	var said strings.Builder
	for lines := bufio.NewScanner(in); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "  curl ") {
			cancel()
		}
	}
	return <-done, said.String() + notes.String()
}

// TestVenueSaysHowToConnect: what it prints fits what it serves, and the kind of its key.
func TestVenueSaysHowToConnect(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := x509.MarshalPKIXPublicKey(public)
	b, _ := x509.MarshalPKCS8PrivateKey(private)
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for _, c := range []struct {
		secret, args string
		code         int
		has, not     string
	}{
		{"", "--market=spot", 0, "/api/v3/klines?symbol=BTCUSDT&interval=1h", "binance-usdm"},
		{"", "--market=usdm", 0, "/fapi/v1/klines?symbol=BTCUSDT&interval=1h", "/api/v3/klines"},
		{"", "--market=usdm", 0, `type    = "binance-usdm"`, "SetApiEndpoint"},
		{"", "--fills=bar", 0, "does not keep you waiting", ""},
		{text("PUBLIC KEY", a), "--market=spot", 0, `secret  = { file = "THE-PRIVATE-KEY.pem" }`, "export SIGNALMAN_VENUE_SECRET"},
		{text("PRIVATE KEY", b), "--market=spot", 2, "SIGNALMAN_VENUE_SECRET is a private key; give the venue the public key", "asn1"},
		{text("PUBLIC KEY", a)[:60], "--market=spot", 2, "begins as a PEM, but is none", ""},
	} {
		t.Setenv("SIGNALMAN_VENUE_SECRET", c.secret)
		if code, said := banner(t, c.args); code != c.code || !strings.Contains(said, c.has) || c.not != "" && strings.Contains(said, c.not) {
			t.Errorf("%s: %d, want %q and not %q in\n%s", c.args, code, c.has, c.not, said)
		}
	}
}
