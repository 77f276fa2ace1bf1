package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// What one request may cost.
const (
	maxBody     = 64 << 10
	maxHead     = 8 << 10
	maxConns    = 64
	headTime    = 3 * time.Second
	readTime    = 5 * time.Second
	answerTime  = 10 * time.Second
	patience    = time.Second     // until an alert is durable
	goodbyeTime = 3 * time.Second // for answers that are being written
)

// serve listens until ctx ends, and waits for what it began.
func (r *receiver) serve(ctx context.Context) error {
	l, err := r.listen()
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: r, MaxHeaderBytes: maxHead, ReadHeaderTimeout: headTime, ReadTimeout: readTime, WriteTimeout: readTime + answerTime,
		ErrorLog: log.New(io.Discard, "", 0), // it repeats what strangers send
	}
	server.SetKeepAlivesEnabled(false)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTime)
		defer cancel()
		if server.Shutdown(soon) != nil {
			_ = server.Close()
		}
		if err = <-ended; errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
	}
	r.work.end()
	return err
}

func (r *receiver) listen() (net.Listener, error) {
	settings, err := r.settings()
	if err != nil {
		return nil, err
	}
	l, err := r.env.Listen("tcp", r.Listen)
	if err != nil {
		return nil, &market.Error{Class: market.Failed, Err: fmt.Errorf("the webhook cannot listen: %w", err), Hint: "choose another address with listen; each table has a port of its own"}
	}
	r.env.Log.Info("the webhook listens", "listen", r.Listen, "path", r.Path, "auth", r.Auth, "tls", settings != nil)
	l = &door{Listener: l, r: r, free: make(chan struct{}, maxConns)}
	if settings != nil {
		l = tls.NewListener(l, settings)
	}
	return l, nil
}

// settings are those of TLS, or nil where it is not spoken.
func (r *receiver) settings() (*tls.Config, error) {
	if !r.TLSCert.Set() {
		return nil, nil
	}
	pair, err := tls.X509KeyPair([]byte(r.TLSCert.Reveal()), []byte(r.TLSKey.Reveal()))
	if err != nil {
		return nil, usage(errors.New("tls_cert and tls_key are no pair in PEM"))
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}

// door lets in so many connections at a time, and those of the list.
type door struct {
	net.Listener
	r    *receiver
	free chan struct{}
}

// Accept waits for a connection that may come in. Others are closed.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if why := d.turnsAway(c); why != "" {
			_ = c.Close()
			d.r.refuse(why, c.RemoteAddr().String(), nil)
			continue
		}
		return &guest{Conn: c, leave: sync.OnceFunc(func() { <-d.free })}, nil
	}
}

func (d *door) turnsAway(c net.Conn) string {
	if len(d.r.allow) > 0 && len(d.r.proxies) == 0 {
		at, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil || !within(d.r.allow, at.Addr().Unmap().WithZone("")) {
			return "address"
		}
	}
	select {
	case d.free <- struct{}{}:
		return ""
	default:
		return "connections"
	}
}

// guest is a connection that counts.
type guest struct {
	net.Conn
	leave func()
}

// Close closes the connection, and lets another in.
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}

// work is what must end before Run does.
type work struct {
	mu     sync.Mutex
	ended  bool
	groups sync.WaitGroup
}

// begin runs f beside the caller, unless the end has come.
func (w *work) begin(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.groups.Go(f)
	}
	return !w.ended
}

// end waits for all that has begun. Nothing begins after it.
func (w *work) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.groups.Wait()
}
