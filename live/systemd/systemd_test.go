//go:build linux

package systemd

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// listen is a service manager: what it is told, datagram by datagram.
func listen(t *testing.T, name string) func() string {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return func() string {
		b := make([]byte, 4096)
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == key {
				return v
			}
		}
		return ""
	}
}

// TestManager tells a real socket, in a file and in the abstract.
func TestManager(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), fmt.Sprintf("@signalman-test-%d", os.Getpid())} {
		heard := listen(t, name)
		m, err := Connect(env("NOTIFY_SOCKET=" + name))
		if err != nil {
			t.Fatal(err)
		}
		m.Ready()
		m.Status("trades\n  on " + strings.Repeat("é", 400))
		m.Alive()
		m.Reloading()
		m.Extend(90 * time.Second)
		m.Stopping()
		want := []string{"READY=1", "STATUS=trades on " + strings.Repeat("é", 245), "WATCHDOG=1", "RELOADING=1", "EXTEND_TIMEOUT_USEC=90000000", "STOPPING=1"}
		var got []string
		for range want {
			got = append(got, heard())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		m.Alive() // to nobody
	}
}

// TestNobodyListens keeps nobody waiting: not without a manager, nor with one that is stuck.
func TestNobodyListens(t *testing.T) {
	m, err := Connect(env())
	m.Ready()
	if m != nil || err != nil || m.Close() != nil {
		t.Errorf("%v, %v", m, err)
	}
	for _, name := range []string{"relative", filepath.Join(t.TempDir(), "none")} {
		if m, err := Connect(env("NOTIFY_SOCKET=" + name)); m != nil || err == nil {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	name := filepath.Join(t.TempDir(), "stuck")
	listen(t, name)
	if m, err = Connect(env("NOTIFY_SOCKET=" + name)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 2000 { // the socket is full after some
		m.Alive()
		if time.Since(began) > 10*patience {
			break
		}
	}
	if err := m.Close(); err != nil || time.Since(began) > time.Minute {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestWatchdog(t *testing.T) {
	pid := fmt.Sprintf("WATCHDOG_PID=%d", os.Getpid())
	for _, x := range []struct {
		env  []string
		want time.Duration
	}{
		{nil, 0},
		{[]string{"WATCHDOG_USEC=30000000"}, 30 * time.Second},
		{[]string{"WATCHDOG_USEC=30000000", pid}, 30 * time.Second},
		{[]string{"WATCHDOG_USEC=30000000", "WATCHDOG_PID=1"}, 0},
		{[]string{"WATCHDOG_USEC=-1"}, 0},
		{[]string{"WATCHDOG_USEC=99999999999999999999"}, 0},
		{[]string{"WATCHDOG_USEC=soon"}, 0},
	} {
		if got := Watchdog(env(x.env...)); got != x.want {
			t.Errorf("%v: %s, want %s", x.env, got, x.want)
		}
	}
}
