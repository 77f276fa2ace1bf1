package control_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/control"
)

// counted counts the looks at a session, and how many are there at one time.
type counted struct {
	*live.Control
	mu         sync.Mutex
	looks, now int
	most       int
}

func (c *counted) Snapshot(ctx context.Context, all int) (*live.Snapshot, error) {
	c.mu.Lock()
	c.looks++
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.now--
		c.mu.Unlock()
	}()
	return c.Control.Snapshot(ctx, all)
}

// TestCrowd lets two hundred ask at once, among others who never end their request, send
// without end, or never read: the session is looked at now and then, and goes on.
func TestCrowd(t *testing.T) {
	desk := &counted{Control: begin(t)}
	c, _, address := serve(t, control.Config{Desk: desk})
	for k := range 100 {
		n, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		switch k % 4 {
		case 0: // says nothing
		case 1:
			fmt.Fprintf(n, "POST /v1/kill HTTP/1.1\r\nHost: localhost\r\nX: ")
		case 2:
			fmt.Fprintf(n, "POST /v1/kill HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n{\"reason\":\"", token)
			go io.Copy(n, endless{}) // until the other side has enough
		case 3: // never reads
			fmt.Fprint(n, strings.Repeat(fmt.Sprintf("GET /v1/orders?all=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", token), 10))
		}
	}
	before := view[control.Status](t, c, "/v1/status").Time
	desk.mu.Lock()
	began, earlier := time.Now(), desk.looks // those who never read have asked already
	desk.mu.Unlock()
	var crowd sync.WaitGroup
	for k := range 200 {
		crowd.Go(func() {
			path := []string{"/v1/status", "/v1/orders?all=1", "/v1/halts", "/v1/positions"}[k%4]
			for range 3 {
				if _, err := c.Get(context.Background(), path); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	crowd.Wait()
	took := time.Since(began)
	desk.mu.Lock()
	if room := 2 * int(took/(20*time.Millisecond)+5); desk.looks-earlier > room || desk.most > 2 {
		t.Errorf("%d looks in %v, %d at one time: at most %d", desk.looks-earlier, took, desk.most, room)
	}
	desk.mu.Unlock()
	if after := view[control.Status](t, c, "/v1/status").Time; after <= before {
		t.Errorf("the session stands at %s", after)
	}
	if h := view[control.Halts](t, c, "/v1/halts"); len(h.Halts) != 0 {
		t.Errorf("%+v", h)
	}
}

// endless is read without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// FuzzCommand sends what is no command: nothing but an error may come of it, and a command
// only of an object that names nothing unknown.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{"", "{}", "null", "[]", `{"scope":"a"}`, `{"scope":1}`, `{"reason":"x","more":1}`, `{"reason":"\u0000\n"}`, "{\"reason\":\"\xff\"}", strings.Repeat("[", 10_000)} {
		f.Add(s)
	}
	d := &told{}
	c := control.Config{Desk: d, Socket: filepath.Join(f.TempDir(), "c.sock")}
	s, err := control.Listen(c)
	if err != nil {
		f.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	f.Cleanup(func() { stop(); <-ended })
	f.Fuzz(func(t *testing.T, body string) {
		n, err := net.Dial("unix", c.Socket)
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		fmt.Fprintf(n, "POST /v1/kill HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		answer, err := io.ReadAll(n)
		if err != nil {
			t.Skip(err) // it hung up on too large a body
		}
		words := d.take()
		if killed := strings.HasPrefix(string(answer), "HTTP/1.1 200 "); killed != (words != "") || strings.ContainsAny(words, "\n\r\x00") || strings.HasPrefix(string(answer), "HTTP/1.1 5") {
			t.Errorf("%q: %q, %s", body, words, answer)
		}
	})
}
