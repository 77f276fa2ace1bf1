package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/signalman-trading/signalman/internal/filelock"
	"github.com/signalman-trading/signalman/market"
)

// MaxSocketPath is how long the path of a socket may be, in bytes, with room for the name
// that it has at first: systems allow about 100.
const MaxSocketPath = 90

// listenSocket listens on a socket that only its owner may open. A lock beside it, which
// ends with the process, tells a live session from what a dead one left.
func listenSocket(path string) (l net.Listener, release func(), err error) {
	fail := func(err error, hint string) error {
		return &market.Error{Class: market.Usage, Where: path, Err: err, Hint: hint}
	}
	if len(path) > MaxSocketPath {
		return nil, nil, fail(fmt.Errorf("the path of a socket may have %d bytes", MaxSocketPath), "name a shorter one as socket in [daemon]")
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fail(fmt.Errorf("cannot make the control socket: %w", err), "name one in a directory that you may write to as socket in [daemon]")
	}
	defer func() {
		if err != nil {
			lock.Close()
		}
	}()
	if err := filelock.Take(lock); errors.Is(err, filelock.ErrHeld) || answers(path) {
		return nil, nil, fail(errors.New("another session is controlled through this socket"), "stop that one, or give this one a socket and a kill_file of its own in [daemon], or another --data")
	} else if err != nil {
		return nil, nil, fail(err, "name another socket in [daemon]")
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket == 0 {
		return nil, nil, fail(errors.New("there is a file that is no socket"), "move it away, or name another socket in [daemon]")
	}
	if l, err = private(path); err != nil {
		return nil, nil, fail(fmt.Errorf("cannot make the control socket: %w", err), "name another as socket in [daemon]")
	}
	return l, func() {
		os.Remove(path)
		lock.Close()
	}, nil
}

// answers reports whether somebody listens.
func answers(path string) bool {
	c, err := net.Dial("unix", path)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// private makes the socket in a directory that nobody else may enter, and moves it to its
// place when it has its mode: there is no moment in which others could open it.
func private(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	at := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(at, 0o600), os.Rename(at, path)); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// maxConnections is how many connections a listener has at once; who comes then waits.
const maxConnections = 512

// bounded is a listener with room for so many connections.
type bounded struct {
	net.Listener
	room chan struct{}
}

// Accept waits for room, and then for a connection.
func (b *bounded) Accept() (net.Conn, error) {
	b.room <- struct{}{}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.room
		return nil, err
	}
	return &held{Conn: c, free: sync.OnceFunc(func() { <-b.room })}, nil
}

// held is a connection that makes room when it closes.
type held struct {
	net.Conn
	free func()
}

// Close ends the connection.
func (h *held) Close() error {
	defer h.free()
	return h.Conn.Close()
}
