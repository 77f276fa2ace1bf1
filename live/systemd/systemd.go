// Package systemd tells the service manager that started the process how it does.
//
// There are only a few types. A [Manager] is told that the process is ready, is about to
// reload or to stop, what it is doing, and that it is alive. [Watchdog] says how often.
//
// # Caveats
//
// What is told is a datagram that nobody answers. Where the process was not started by a
// service manager there is no Manager: a nil one may be told everything, and tells nobody.
package systemd

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// A Manager is the service manager. Its methods may be called concurrently; they do not
// wait for anybody. A message that cannot be sent is lost: the manager then acts on its
// silence.
type Manager struct{ conn *net.UnixConn }

// Connect returns the manager that $NOTIFY_SOCKET names; nil where there is none.
func Connect(getenv func(string) string) (*Manager, error) {
	name := getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil, nil
	}
	if name[0] != '/' && name[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET is %.100q, and no path of a socket", name)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("the service manager cannot be told anything: %w", err)
	}
	return &Manager{conn}, nil
}

// Ready says that the process does what it is for, after its start and after a reload.
func (m *Manager) Ready() { m.tell("READY=1") }

// Reloading says that the configuration is read again; Ready ends it.
func (m *Manager) Reloading() { m.tell("RELOADING=1") }

// Stopping says that the process ends.
func (m *Manager) Stopping() { m.tell("STOPPING=1") }

// Alive keeps the manager from restarting the process: see Watchdog.
func (m *Manager) Alive() { m.tell("WATCHDOG=1") }

// longest is how much of a status is told: it is for one line of a terminal.
const longest = 500

// Status says what the process does, in one line.
func (m *Manager) Status(text string) {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longest {
		text = text[:longest]
	}
	m.tell("STATUS=" + strings.ToValidUTF8(text, ""))
}

// Extend asks for that much time more, from now, to start or to stop.
func (m *Manager) Extend(by time.Duration) {
	m.tell(fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", by.Microseconds()))
}

// Close gives the socket back.
func (m *Manager) Close() error {
	if m == nil {
		return nil
	}
	return m.conn.Close()
}

// patience is how long a full socket is waited for.
const patience = 100 * time.Millisecond

func (m *Manager) tell(what string) {
	if m == nil {
		return
	}
	_ = m.conn.SetWriteDeadline(time.Now().Add(patience)) // it then fails at once, which is as good
	_, _ = m.conn.Write([]byte(what))
}

// Watchdog returns within which time Alive must be called, again and again; 0 is that nobody
// waits for it. Half of it is a good pace.
func Watchdog(getenv func(string) string) time.Duration {
	if pid := getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	n, err := strconv.ParseUint(getenv("WATCHDOG_USEC"), 10, 43)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}
