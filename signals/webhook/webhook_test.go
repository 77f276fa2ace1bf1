package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/webhook"
)

const canary = "a secret of 24 bytes \\/\""

var start = time.Date(2024, 5, 10, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipes is a listener in memory.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
	close func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), ended: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.ended) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return at("pipe") }

// at is an address in memory.
type at string

func (a at) Network() string { return "tcp" }
func (a at) String() string  { return string(a) }

// called is a connection from an address.
type called struct {
	net.Conn
	from at
}

func (c called) RemoteAddr() net.Addr { return c.from }

// post is one alert on its way.
type post struct {
	method, path, body, from string
	header                   map[string]string
}

// bench is a source that runs, and what it stored.
type bench struct {
	t      *testing.T
	config *webhook.Config
	late   atomic.Int64 // how much later than start it is
	pipes  *pipes
	emit   func(signals.Batch) error
	stored []signals.Batch
	log    bytes.Buffer
	stop   func() error
}

// begin runs a source with a secret in a header.
func begin(t *testing.T, dir string, change func(*webhook.Config)) *bench {
	t.Helper()
	b := &bench{t: t, pipes: newPipes()}
	b.config = webhook.New(signals.Env{
		Listen: func(network, address string) (net.Listener, error) { return b.pipes, nil },
		Now:    func() time.Time { return start.Add(time.Duration(b.late.Load())) },
		Log:    slog.New(slog.NewTextHandler(&b.log, nil)),
		Dir:    dir,
	})
	b.config.Source, b.config.Kind, b.config.Subject, b.config.Value = "tv", "decision", "/ticker", "/action"
	b.config.Words = map[string]float64{"buy": 1, "sell": -1}
	b.config.Subjects = map[market.Subject]string{"BTC": "BTCUSDT"}
	b.config.Secret = market.NewSecret(canary)
	if change != nil {
		change(b.config)
	}
	b.emit = func(batch signals.Batch) error { b.stored = append(b.stored, batch); return nil }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.config.Run(ctx, func(batch signals.Batch) error { return b.emit(batch) }) }()
	b.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		if strings.Contains(b.log.String(), "24 bytes") {
			t.Errorf("the log tells the secret: %s", b.log.String())
		}
	})
	return b
}

// send posts an alert, with the secret in its header unless it says otherwise, and returns
// status and text of the answer.
func (b *bench) send(p post) string {
	b.t.Helper()
	dial := func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		from := p.from
		if from == "" {
			from = "203.0.113.7"
		}
		b.pipes.conns <- called{there, at(net.JoinHostPort(from, "4711"))}
		return here, nil
	}
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	if p.method == "" {
		p.method = "POST"
	}
	if p.path == "" {
		p.path = "/alerts"
	}
	r, err := http.NewRequest(p.method, "http://receiver"+p.path, strings.NewReader(p.body))
	if err != nil {
		b.t.Fatal(err)
	}
	if p.header == nil {
		r.Header.Set("X-Secret", canary)
	}
	for k, v := range p.header {
		r.Header.Set(k, v)
	}
	res, err := transport.RoundTrip(r)
	if err != nil {
		return "cut"
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(res.Body)
	return fmt.Sprint(res.StatusCode, " ", strings.TrimSpace(string(text)))
}

// rows lists what was stored, written short.
func (b *bench) rows() []string {
	var rows []string
	for _, batch := range b.stored {
		for _, s := range batch.Signals {
			if s.Known != 0 || s.Instrument != market.NoInstrument || s.Source != "tv" {
				b.t.Errorf("%+v", s)
			}
			rows = append(rows, fmt.Sprint(s.Kind, " ", s.Subject, " ", s.Effective.UTC().Format(time.TimeOnly), " ", s.ValueText()))
		}
	}
	return rows
}

const (
	ok      = "200 ok"
	hidden  = "404 not found"
	refused = "400 refused: "
	later   = "503 later"
)

const buy = `{"ticker":"BTCUSDT","action":"buy"}`

// TestAlert stores one alert, with the answer as it came.
func TestAlert(t *testing.T) {
	b := begin(t, "", nil)
	if got := b.send(post{body: buy}); got != ok {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"decision BTC 12:00:00 1"}, b.rows()); diff != "" || string(b.stored[0].Raw) != buy {
		t.Error(diff, b.stored)
	}
}

func sign(stamp, body string) string {
	mac := hmac.New(sha256.New, []byte(canary))
	mac.Write([]byte(stamp + body))
	return hex.EncodeToString(mac.Sum(nil))
}

// TestAnswers sends alerts, good and bad, in each way to know the secret.
func TestAnswers(t *testing.T) {
	seconds := func(off time.Duration) string { return strconv.FormatInt(start.Add(off).Unix(), 10) }
	signed := func(off time.Duration, body string) map[string]string {
		return map[string]string{"X-Timestamp": seconds(off), "X-Signature": sign(seconds(off)+".", body)}
	}
	hmac := func(c *webhook.Config) { c.Auth = "hmac" }
	inBody := func(c *webhook.Config) { c.Auth = "body" }
	inPath := func(c *webhook.Config) { c.Auth, c.Secret = "path", market.NewSecret("abcdefghijklmnopqrst") }
	withSecret := `{"ticker":"BTCUSDT","action":"buy","secret":` + jsonText(canary) + `}`
	none := map[string]string{}
	for name, c := range map[string]struct {
		change func(*webhook.Config)
		post   post
		want   string
	}{
		"no secret":        {nil, post{body: buy, header: none}, hidden},
		"wrong secret":     {nil, post{body: buy, header: map[string]string{"X-Secret": canary[1:]}}, hidden},
		"get":              {nil, post{method: "GET"}, hidden},
		"another path":     {nil, post{path: "/alerts/", body: buy}, hidden},
		"big":              {nil, post{body: `"` + strings.Repeat("x", 70_000) + `"`}, refused},
		"big, stranger":    {hmac, post{body: strings.Repeat("x", 70_000)}, hidden},
		"no json":          {nil, post{body: "buy"}, refused},
		"empty":            {nil, post{}, refused},
		"word":             {nil, post{body: `{"ticker":"BTCUSDT","action":"hold"}`}, refused},
		"missing":          {nil, post{body: `{"ticker":"BTCUSDT"}`}, refused},
		"subject":          {nil, post{body: `{"ticker":"DOGEUSDT","action":"buy"}`}, refused},
		"no rows":          {func(c *webhook.Config) { c.Rows = "/rows" }, post{body: `{"rows":[]}`}, refused},
		"half good":        {func(c *webhook.Config) { c.Rows = "/rows" }, post{body: `{"rows":[` + buy + `,{}]}`}, refused},
		"signed":           {hmac, post{body: buy, header: signed(0, buy)}, ok},
		"signed sha256=":   {hmac, post{body: buy, header: map[string]string{"X-Timestamp": seconds(0), "X-Signature": "sha256=" + sign(seconds(0)+".", buy)}}, ok},
		"another body":     {hmac, post{body: buy + " ", header: signed(0, buy)}, hidden},
		"replayed":         {hmac, post{body: buy, header: signed(-61*time.Second, buy)}, hidden},
		"early":            {hmac, post{body: buy, header: signed(61*time.Second, buy)}, hidden},
		"another time":     {hmac, post{body: buy, header: map[string]string{"X-Timestamp": seconds(time.Second), "X-Signature": sign(seconds(0)+".", buy)}}, hidden},
		"no time":          {hmac, post{body: buy, header: map[string]string{"X-Signature": sign("", buy)}}, hidden},
		"no signature":     {hmac, post{body: buy, header: map[string]string{"X-Timestamp": seconds(0)}}, hidden},
		"body alone":       {func(c *webhook.Config) { c.Auth, c.Stamp, c.Effective, c.Time = "hmac", "", "/t", "s" }, post{body: timed(0), header: map[string]string{"X-Signature": sign("", timed(0))}}, ok},
		"in the body":      {inBody, post{body: withSecret, header: none}, ok},
		"not in the body":  {inBody, post{body: buy}, hidden},
		"number":           {inBody, post{body: `{"secret":1}`}, hidden},
		"body no json":     {inBody, post{body: "x"}, hidden},
		"in the path":      {inPath, post{path: "/alerts/abcdefghijklmnopqrst", body: buy, header: none}, ok},
		"not in the path":  {inPath, post{body: buy}, hidden},
		"longer path":      {inPath, post{path: "/alerts/abcdefghijklmnopqrst/", body: buy}, hidden},
		"anybody":          {func(c *webhook.Config) { c.Auth, c.Secret = "none", market.Secret{} }, post{body: buy, header: none}, ok},
		"listed":           {func(c *webhook.Config) { c.Allow = []string{"203.0.113.7"} }, post{body: buy}, ok},
		"network":          {func(c *webhook.Config) { c.Allow = []string{"203.0.113.0/24"} }, post{body: buy, from: "::ffff:203.0.113.9"}, ok},
		"not listed":       {func(c *webhook.Config) { c.Allow = []string{"203.0.113.8"} }, post{body: buy}, "cut"},
		"proxied":          {proxied, post{body: buy, from: "10.1.1.1", header: forwarded("198.51.100.1, 203.0.113.7, 10.2.2.2")}, ok},
		"feigned":          {proxied, post{body: buy, from: "10.1.1.1", header: forwarded("203.0.113.7, 198.51.100.1")}, hidden},
		"no proxy":         {proxied, post{body: buy, from: "198.51.100.1", header: forwarded("203.0.113.7")}, hidden},
		"proxy says none":  {proxied, post{body: buy, from: "10.1.1.1", header: map[string]string{"X-Secret": canary}}, hidden},
		"too old":          {about, post{body: timed(-301)}, refused},
		"old":              {about, post{body: timed(-299)}, ok},
		"ahead":            {about, post{body: timed(61)}, refused},
		"text":             {text, post{body: "sell BTCUSDT now\n"}, ok},
		"other text":       {text, post{body: "hello"}, refused},
		"id":               {func(c *webhook.Config) { c.ID = "/n" }, post{body: `{"n":1,"ticker":"BTCUSDT","action":"buy"}`}, ok},
		"no id":            {func(c *webhook.Config) { c.ID = "/n" }, post{body: buy}, refused},
		"id is no name":    {func(c *webhook.Config) { c.ID = "/n" }, post{body: `{"n":{},"ticker":"BTCUSDT","action":"buy"}`}, refused},
		"null is no trade": {nil, post{body: `{"ticker":"BTCUSDT","action":null}`}, ok},
	} {
		b := begin(t, "", c.change)
		got := b.send(c.post)
		if c.want == refused && strings.HasPrefix(got, refused) && len(got) > len(refused)+10 {
			got = refused // and says why
		}
		if got != c.want || (got == ok) != (len(b.stored) == 1) {
			t.Errorf("%s: %s, stored %v", name, got, b.rows())
		}
		if err := b.stop(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(b.log.String(), "an alert was refused") != (got != ok) {
			t.Errorf("%s: %s", name, b.log.String())
		}
		for _, batch := range b.stored {
			if strings.Contains(string(batch.Raw), "24 bytes") {
				t.Errorf("%s: the secret is stored: %s", name, batch.Raw)
			}
		}
	}
}

func jsonText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func timed(off int64) string {
	return fmt.Sprintf(`{"ticker":"BTCUSDT","action":"buy","t":%d}`, start.Unix()+off)
}
func about(c *webhook.Config) { c.Effective, c.Time = "/t", "s" }
func text(c *webhook.Config)  { c.Text = `^(?P<action>buy|sell) (?P<ticker>\w+)` }
func proxied(c *webhook.Config) {
	c.Allow, c.Proxies = []string{"203.0.113.7"}, []string{"10.0.0.0/8"}
}
func forwarded(for_ string) map[string]string {
	return map[string]string{"X-Secret": canary, "X-Forwarded-For": for_}
}

// TestOnce acknowledges an alert that comes again, and tells it once; after max_age it is
// another one.
func TestOnce(t *testing.T) {
	b := begin(t, "", nil)
	for _, off := range []time.Duration{0, 0, 4 * time.Minute, 6 * time.Minute} {
		b.late.Store(int64(off))
		if got := b.send(post{body: buy}); got != ok {
			t.Error(off, got)
		}
	}
	if diff := cmp.Diff([]string{"decision BTC 12:00:00 1", "decision BTC 12:06:00 1"}, b.rows()); diff != "" {
		t.Error(diff)
	}
}

// TestReplayed takes an alert about a time to come once, for as long as it would be taken,
// and after a restart too: after its correction it would undo that.
func TestReplayed(t *testing.T) {
	dir := t.TempDir()
	alert := func(action string) post {
		return post{body: fmt.Sprintf(`{"ticker":"BTCUSDT","action":%q,"t":%d}`, action, start.Unix()+50)}
	}
	b := begin(t, dir, about)
	for _, action := range []string{"buy", "sell"} {
		if got := b.send(alert(action)); got != ok {
			t.Error(got)
		}
	}
	b.late.Store(int64(349 * time.Second))
	if got := b.send(alert("buy")); got != ok || len(b.stored) != 2 {
		t.Error(got, b.rows())
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	b = begin(t, dir, about)
	b.late.Store(int64(349 * time.Second))
	if got := b.send(alert("buy")); got != ok || len(b.stored) != 0 {
		t.Error(got, b.rows())
	}
}

// TestSecretInOtherParts stores the secret in no row and no answer, however it is spelt,
// and tells it to nobody.
func TestSecretInOtherParts(t *testing.T) {
	escaped := strings.ReplaceAll(jsonText(canary), " ", `\u0020`)
	for _, body := range []string{
		`{"ticker":` + escaped + `,"action":"buy"}`,
		`{"ticker":"BTC","action":` + escaped + `}`,
		`{"ticker":"BTC","action":"buy",` + escaped + `:1}`,
	} {
		b := begin(t, "", func(c *webhook.Config) { c.Subjects = nil })
		got := b.send(post{body: body})
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		told := fmt.Sprint(got, b.log.String(), b.rows())
		for _, batch := range b.stored {
			told += string(batch.Raw)
		}
		if strings.Contains(told, canary) || strings.Contains(told, strings.Trim(jsonText(canary), `"`)) || strings.Contains(told, `u0020`) {
			t.Error(told)
		}
	}
}

// TestAgainAfterRestart gives an alert that comes again after a crash the rows that it had,
// which are no news to who stored them.
func TestAgainAfterRestart(t *testing.T) {
	dir := t.TempDir()
	var rows []string
	for _, off := range []time.Duration{0, time.Minute, 6 * time.Minute} {
		b := begin(t, dir, nil)
		b.late.Store(int64(off))
		if got := b.send(post{body: buy}); got != ok {
			t.Error(got)
		}
		rows = append(rows, b.rows()...)
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		untold(t, filepath.Join(dir, "alerts"))
	}
	if diff := cmp.Diff([]string{"decision BTC 12:00:00 1", "decision BTC 12:00:00 1", "decision BTC 12:06:00 1"}, rows); diff != "" {
		t.Error(diff)
	}
}

// untold makes a file as one that a crash left before alerts were noted as told.
func untold(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, bytes.ReplaceAll(text, []byte(" told."), []byte(".")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDurable answers when the rows are durable, and not before; what failed comes again.
func TestDurable(t *testing.T) {
	b := begin(t, "", nil)
	failed := errors.New("the disk is full")
	keep := b.emit
	b.emit = func(signals.Batch) error { return failed }
	if got := b.send(post{body: buy}); got != later {
		t.Error(got)
	}
	release, answered := make(chan struct{}), make(chan string, 1)
	b.emit = func(batch signals.Batch) error { <-release; return keep(batch) }
	go func() { answered <- b.send(post{body: buy}) }()
	select {
	case got := <-answered:
		t.Errorf("answered %s before it was durable", got)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if got := <-answered; got != ok || len(b.stored) != 1 {
		t.Error(got, b.rows())
	}
}

// TestSlow says 503 after a second, and 200 to the same alert once it is durable.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(t, "", nil)
		keep := b.emit
		b.emit = func(batch signals.Batch) error { time.Sleep(1500 * time.Millisecond); return keep(batch) }
		began := time.Now()
		if got := b.send(post{body: buy}); got != later || time.Since(began) != time.Second {
			t.Error(got, time.Since(began))
		}
		if got := b.send(post{body: buy}); got != ok || time.Since(began) != 1500*time.Millisecond || len(b.stored) != 1 {
			t.Error(got, time.Since(began), b.rows())
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestEnd finishes what is under way.
func TestEnd(t *testing.T) {
	b := begin(t, "", nil)
	keep, began, release := b.emit, make(chan struct{}), make(chan struct{})
	b.emit = func(batch signals.Batch) error { close(began); <-release; return keep(batch) }
	answered, ended := make(chan string, 1), make(chan error, 1)
	go func() { answered <- b.send(post{body: buy}) }()
	<-began
	go func() { ended <- b.stop() }()
	close(release)
	if got, err := <-answered, <-ended; got != ok || err != nil || len(b.stored) != 1 {
		t.Error(got, err)
	}
}

// TestRate turns away what comes too fast, and lets it in again.
func TestRate(t *testing.T) {
	b := begin(t, "", func(c *webhook.Config) { c.Rate, c.ID = 1, "/n" })
	numbered := func(n int) post { return post{body: fmt.Sprintf(`{"n":%d,"ticker":"BTCUSDT","action":"buy"}`, n)} }
	for n := range 10 {
		if got := b.send(numbered(n)); got != ok {
			t.Error(n, got)
		}
	}
	if got := b.send(numbered(10)); got != "429 later" {
		t.Error(got)
	}
	b.late.Store(int64(time.Second))
	if b.send(numbered(11)) != ok {
		t.Error("not let in again")
	}
}

// TestStrangersAreCounted logs a reason ten times, then once in ten seconds, with how many
// there were.
func TestStrangersAreCounted(t *testing.T) {
	b := begin(t, "", nil)
	for range 30 {
		b.send(post{body: buy, header: map[string]string{"X-Secret": "guess"}})
	}
	b.late.Store(int64(quiet))
	b.send(post{body: buy, header: map[string]string{"X-Secret": "guess"}})
	_ = b.stop()
	if n := strings.Count(b.log.String(), "why=secret"); n != 11 || !strings.Contains(b.log.String(), "why=secret from=203.0.113.7 so_far=31") {
		t.Error(n, b.log.String())
	}
}

const quiet = 10 * time.Second

// TestLoopback posts over a real socket.
func TestLoopback(t *testing.T) {
	address := make(chan string, 1)
	c := webhook.New(signals.Env{
		Listen: func(network, _ string) (net.Listener, error) {
			l, err := net.Listen(network, "127.0.0.1:0")
			address <- l.Addr().String()
			return l, err
		},
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	c.Source, c.Kind, c.Subject, c.Value = "s", "k", "*", "/v"
	c.Secret, c.Allow = market.NewSecret(canary), []string{"127.0.0.0/8"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var rows []market.Signal
	go func() {
		ended <- c.Run(ctx, func(b signals.Batch) error { rows = append(rows, b.Signals...); return nil })
	}()
	r, err := http.NewRequest("POST", "http://"+<-address+"/alerts", strings.NewReader(`{"v":0.5}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Secret", canary)
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(r)
	if err != nil || res.StatusCode != 200 || len(rows) != 1 || rows[0].Value != 0.5 {
		t.Fatal(res, err, rows)
	}
	_ = res.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestUnguarded refuses to listen where strangers could write, unless told to.
func TestUnguarded(t *testing.T) {
	errStop := errors.New("it would listen")
	for name, c := range map[string]struct {
		change func(*webhook.Config)
		says   string
	}{
		"loopback":     {nil, "it would listen"},
		"localhost":    {func(c *webhook.Config) { c.Listen = "localhost:1" }, "it would listen"},
		"ipv6":         {func(c *webhook.Config) { c.Listen = "[::1]:1" }, "it would listen"},
		"anywhere":     {func(c *webhook.Config) { c.Listen = "0.0.0.0:80" }, "is reached from other machines, without TLS: listen on 127.0.0.1"},
		"no host":      {func(c *webhook.Config) { c.Listen = ":80" }, "without TLS"},
		"no secret":    {func(c *webhook.Config) { c.Listen, c.Auth, c.Secret = ":80", "none", market.Secret{} }, "without TLS and without a secret"},
		"told to":      {func(c *webhook.Config) { c.Listen, c.Exposed = ":80", true }, "it would listen"},
		"none and one": {func(c *webhook.Config) { c.Auth = "none" }, "asks for none"},
		"unset secret": {func(c *webhook.Config) { c.Secret = market.Secret{} }, "no secret is set"},
		"short secret": {func(c *webhook.Config) { c.Secret = market.NewSecret("short") }, "has 5 bytes, and needs 16"},
		"half TLS":     {func(c *webhook.Config) { c.TLSCert = market.NewSecret("x") }, "go together"},
		"no TLS":       {func(c *webhook.Config) { c.TLSCert, c.TLSKey = market.NewSecret("x"), market.NewSecret("y") }, "no pair in PEM"},
	} {
		var log bytes.Buffer
		s := webhook.New(signals.Env{
			Listen: func(string, string) (net.Listener, error) { return nil, errStop },
			Now:    time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		s.Source, s.Kind, s.Subject, s.Value, s.Secret = "s", "k", "*", "/v", market.NewSecret(canary)
		if c.change != nil {
			c.change(s)
		}
		err := s.Run(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if ready := s.Ready(); (ready == nil) != errors.Is(err, errStop) || ready != nil && ready.Error() != err.Error() {
			t.Errorf("%s: ready: %v", name, ready)
		}
		if strings.Contains(log.String(), "is reached from other machines without TLS") != (name == "told to") {
			t.Errorf("%s: %s", name, log.String())
		}
	}
}

func TestCheck(t *testing.T) {
	for says, change := range map[string]func(*webhook.Config){
		"source is missing":         func(c *webhook.Config) { c.Source = "" },
		"is no address with a port": func(c *webhook.Config) { c.Listen = "127.0.0.1" },
		"= \"127.0.0.1:99999\" is":  func(c *webhook.Config) { c.Listen = "127.0.0.1:99999" },
		"path = \"alerts\" is none": func(c *webhook.Config) { c.Path = "alerts" },
		"allow: \"10.0.0.1/8\"":     func(c *webhook.Config) { c.Allow = []string{"10.0.0.1/8"} },
		"proxies: \"x\"":            func(c *webhook.Config) { c.Proxies = []string{"x"} },
		"text: error parsing":       func(c *webhook.Config) { c.Text = "(" },
		"text has no named part":    func(c *webhook.Config) { c.Text = "x" },
		"timestamp is empty":        func(c *webhook.Config) { c.Auth, c.Stamp = "hmac", "" },
		"leads to nothing":          func(c *webhook.Config) { c.Auth, c.SecretAt = "body", "" },
		"are names of headers":      func(c *webhook.Config) { c.Header = "X Y" },
	} {
		c := webhook.New(signals.Env{})
		c.Source, c.Kind, c.Subject, c.Value = "s", "k", "*", "/v"
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		change(c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// TestSample reads sample.toml.
func TestSample(t *testing.T) {
	var all struct {
		Signals map[string]*struct {
			Type   string
			Secret map[string]string `toml:"secret"`
			webhook.Config
		}
	}
	meta, err := toml.Decode(webhook.Plugin().Sample, &all)
	s := all.Signals["tradingview"]
	if err != nil || len(meta.Undecoded()) > 0 || s == nil || s.Type != "webhook" || s.Secret["env"] == "" {
		t.Fatal(err, meta.Undecoded())
	}
	b := begin(t, "", func(c *webhook.Config) {
		s.Mapping.Effective, s.Mapping.Time, s.Mapping.Source = c.Effective, c.Time, "tv"
		c.Mapping, c.Path, c.Auth = s.Mapping, s.Path, s.Auth
	})
	if got := b.send(post{path: "/tradingview", body: `{"secret":` + jsonText(canary) + `,"ticker":"ETHUSDT","action":"sell"}`}); got != ok {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"decision ETH 12:00:00 -1"}, b.rows()); diff != "" || string(b.stored[0].Raw) != `{"secret":"***","ticker":"ETHUSDT","action":"sell"}` {
		t.Error(diff, string(b.stored[0].Raw))
	}
}

// FuzzBody stores of any body good rows or nothing, without the secret.
func FuzzBody(f *testing.F) {
	f.Add([]byte(buy), "/n", "")
	f.Add([]byte(`{"secret":`+jsonText(canary)+`,"ticker":"BTCUSDT","action":-1}`), "", "")
	f.Add([]byte("sell BTCUSDT"), "", `(?P<action>\w+) (?P<ticker>\w+)`)
	f.Fuzz(func(t *testing.T, body []byte, id, pattern string) {
		for _, auth := range []string{"body", "none"} {
			c := webhook.New(signals.Env{})
			c.Source, c.Kind, c.Subject, c.Value, c.Auth = "tv", "decision", "/ticker", "/action", auth
			c.Secret, c.Text = market.NewSecret(canary), pattern
			if c.ID.UnmarshalText([]byte(id)) != nil || c.Check() != nil {
				return
			}
			told := 0
			status := webhook.Receive(c, start, body, func(b signals.Batch) error {
				told++
				for _, s := range b.Signals {
					if s.Known != 0 || s.Effective != market.TimeOf(start) || s.Null && s.Value != 0 {
						t.Errorf("%+v", s)
					}
				}
				if strings.Contains(string(b.Raw), canary) || strings.Contains(string(b.Raw), strings.Trim(jsonText(canary), `"`)) {
					t.Errorf("%s", b.Raw)
				}
				return nil
			})
			if (status == 200) != (told == 1) {
				t.Error(status, told)
			}
		}
	})
}
