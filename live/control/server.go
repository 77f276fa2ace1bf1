package control

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Server serves the control API of one session.
type Server struct {
	Config
	via     string // how who asks is named in the journal
	working viewer // sees the orders that work
	all     viewer // and the newest of all
	kills   turns
	others  turns        // of all other commands
	socket  net.Listener // nil: none
	address net.Listener // nil: none
	release func()       // of the socket's path
}

func newServer(c Config) *Server {
	return &Server{
		Config: c, via: "the control API", working: viewer{desk: c.Desk, waits: c.Waits}, all: viewer{desk: c.Desk, all: maxOrders},
		kills: newTurns(), others: newTurns(), release: func() {},
	}
}

// minToken is how long a token is at least, in bytes.
const minToken = 16

// Listen opens what the configuration names. A socket that a dead process left is replaced;
// one that a session answers is an error.
func Listen(c Config) (*Server, error) {
	s := newServer(c)
	if c.HTTP != "" && len(c.Token.Reveal()) < minToken {
		return nil, &market.Error{Class: market.Usage, Where: "daemon.token", Err: fmt.Errorf("the token is shorter than %d characters", minToken), Hint: "make one with: openssl rand -hex 32"}
	}
	var err error
	if c.Socket != "" {
		if s.socket, s.release, err = listenSocket(c.Socket); err != nil {
			return nil, err
		}
	}
	if c.HTTP != "" {
		if s.address, err = net.Listen("tcp", c.HTTP); err == nil {
			err = onlyHere(s.address.Addr())
		}
		if err != nil {
			s.close()
			return nil, &market.Error{Class: market.Usage, Where: "daemon.http", Err: fmt.Errorf("cannot listen: %w", err), Hint: "name a free port of this machine alone, such as 127.0.0.1:8640"}
		}
	}
	return s, nil
}

// onlyHere refuses an address that others can reach.
func onlyHere(a net.Addr) error {
	if t, ok := a.(*net.TCPAddr); !ok || !t.IP.IsLoopback() {
		return fmt.Errorf("%s is no address of this machine alone", a)
	}
	return nil
}

// Address returns the address of the API over TCP, "" where there is none.
func (s *Server) Address() string {
	if s.address == nil {
		return ""
	}
	return s.address.Addr().String()
}

// goodbye is how long requests under way may take once the session ends.
const goodbye = 2 * time.Second

// Serve answers until ctx ends, and closes what Listen opened.
func (s *Server) Serve(ctx context.Context) error {
	defer s.close()
	handler, doc := s.api()
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	handler = routes(handler, text)
	var servers []*http.Server
	var wait sync.WaitGroup
	failed := make(chan error, 2)
	serve := func(l net.Listener, h http.Handler) {
		h = http.MaxBytesHandler(h, maxBody)
		server := &http.Server{
			Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: (tellTimeout + 15) * time.Second,
			IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.log().Handler(), slog.LevelDebug),
		}
		servers = append(servers, server)
		wait.Go(func() { failed <- server.Serve(&bounded{Listener: l, room: make(chan struct{}, maxConnections)}) })
	}
	if s.socket != nil {
		serve(s.socket, handler)
	}
	if s.address != nil {
		serve(s.address, s.guard(handler))
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	bye, stop := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer stop()
	for _, server := range servers {
		if server.Shutdown(bye) != nil {
			err = errors.Join(err, server.Close())
		}
	}
	wait.Wait()
	return err
}

func (s *Server) close() {
	if s.socket != nil {
		s.socket.Close()
	}
	if s.address != nil {
		s.address.Close()
	}
	s.release()
}

// routes adds the document of the API, and answers what it does not have.
func routes(api http.Handler, doc []byte) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(doc)
	})
	methods := &struct {
		Paths map[string]map[string]any `json:"paths"`
	}{}
	json.Unmarshal(doc, methods) // our own
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch m := methods.Paths[r.URL.Path]; {
		case m == nil:
			problem(http.StatusNotFound, "/openapi.json lists what there is", "there is no "+oneLine(r.URL.Path)).write(w)
		case m[strings.ToLower(r.Method)] == nil:
			for method := range m { // each path has one
				w.Header().Set("Allow", strings.ToUpper(method))
				problem(http.StatusMethodNotAllowed, "use "+strings.ToUpper(method), oneLine(r.URL.Path)+" does not take "+oneLine(r.Method)).write(w)
			}
		default:
			api.ServeHTTP(w, r)
		}
	})
	return mux
}

// guard lets those in who have the token, and asked this machine for it by its own name: a
// page of somewhere else, whose name leads here, is not answered.
func (s *Server) guard(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + s.Token.Reveal()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		switch {
		case !loopbackHost(r.Host):
			problem(http.StatusMisdirectedRequest, "ask 127.0.0.1 or localhost", "this API answers to names of this machine alone").write(w)
		case subtle.ConstantTimeCompare(got[:], want[:]) != 1:
			w.Header().Set("WWW-Authenticate", "Bearer")
			problem(http.StatusUnauthorized, "send the header Authorization: Bearer TOKEN, with the token of [daemon]", "the token is missing or wrong").write(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
