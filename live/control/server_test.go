package control_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
)

// TestGuard asks over TCP as who has no business there.
func TestGuard(t *testing.T) {
	_, _, address := serve(t, control.Config{Desk: begin(t)})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, x := range []struct {
		name, host, token string
		status            int
	}{
		{"the token", "", token, 200},
		{"another name of this machine", "localhost:9000", token, 200},
		{"no token", "", "", 401},
		{"another token", "", token + "x", 401},
		{"a part of it", "", token[:8], 401},
		{"another name for this machine", "evil.example:8640", token, 421},
		{"a name that begins like it", "localhost.evil.example", token, 421},
		{"an address elsewhere", "10.0.0.1", token, 421},
	} {
		r, err := http.NewRequest(http.MethodGet, "http://"+address+"/v1/halts", nil)
		if err != nil {
			t.Fatal(err)
		}
		if x.host != "" {
			r.Host = x.host
		}
		if x.token != "" {
			r.Header.Set("Authorization", "Bearer "+x.token)
		}
		r.Header.Set("Origin", "https://evil.example")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != x.status || x.status != 200 && answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %s", x.name, answer.Status, body)
		}
		if answer.Header.Get("Access-Control-Allow-Origin") != "" || strings.Contains(string(body), token) {
			t.Errorf("%s: %v %s", x.name, answer.Header, body)
		}
	}
}

func TestListenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	good := market.NewSecret(token)
	for _, x := range []struct {
		c    control.Config
		want string
	}{
		{control.Config{HTTP: "127.0.0.1:0", Token: market.NewSecret("short")}, "daemon.token: the token is shorter than 16 characters; make one with: openssl rand -hex 32"},
		{control.Config{HTTP: "127.0.0.1:0"}, "daemon.token: the token is shorter"},
		{control.Config{HTTP: ":0", Token: good}, "is no address of this machine alone"},
		{control.Config{HTTP: "127.0.0.1:999999", Token: good}, "daemon.http: cannot listen"},
		{control.Config{Socket: file}, file + ": there is a file that is no socket; move it away"},
		{control.Config{Socket: filepath.Join(dir, "none", "c.sock")}, "cannot make the control socket"},
		{control.Config{Socket: filepath.Join(dir, strings.Repeat("x", 100))}, "the path of a socket may have 90 bytes"},
		{control.Config{Socket: filepath.Join(dir, "c.sock"), HTTP: "127.0.0.1:0"}, "daemon.token"},
	} {
		_, err := control.Listen(x.c)
		if err == nil || !strings.Contains(err.Error(), x.want) || market.ClassOf(err) != market.Usage {
			t.Errorf("%v; want %s", err, x.want)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "c.sock")); err == nil {
		t.Error("a socket is left of a server that does not listen")
	}
}

// TestSocket replaces what a dead process left, and nothing that is alive.
func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	if _, err := control.Listen(control.Config{Socket: path}); err == nil || !strings.Contains(err.Error(), "another session is controlled through this socket; stop that one") {
		t.Errorf("a socket without a lock that somebody listens on: %v", err)
	}
	left.Close()
	first, err := control.Listen(control.Config{Socket: path, Desk: begin(t)})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := control.Listen(control.Config{Socket: path}); err == nil || !strings.Contains(err.Error(), "another session") {
		t.Errorf("a socket that is served: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- first.Serve(ctx) }()
	view[control.Halts](t, control.SocketClient(path), "/v1/halts")
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_, err = control.SocketClient(path).Get(context.Background(), "/v1/halts")
	if !errors.Is(err, control.ErrNobody) || market.ClassOf(err) != market.Venue || !strings.Contains(err.Error(), "start one with 'signalman run'") {
		t.Errorf("%v", err)
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(names) != 1 { // the lock
		t.Errorf("left: %v, %v", names, err)
	}
}
