package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/signalman-trading/signalman/market"
)

// The types of services.
const (
	Telegram = "telegram" // a bot that writes to a chat
	Slack    = "slack"    // an incoming webhook
	Discord  = "discord"  // a webhook of a channel
	Webhook  = "webhook"  // any address that takes JSON: see docs/observability.md
)

// TelegramAPI is where the bots of Telegram are reached.
const TelegramAPI = "https://api.telegram.org"

// A Service is where messages go. Which fields matter depends on Type.
type Service struct {
	Type  string
	URL   market.Secret // of all but Telegram: the address, which is a key by itself
	Token market.Secret // of Telegram: the bot's
	Chat  string        // of Telegram: the number of a chat, or @ and the name of a channel
	API   string        // of Telegram; "" is TelegramAPI
	Key   market.Secret // of Webhook: signs each request; without one there is no signature
}

// Schema names the form of the JSON that a webhook is given.
const Schema = "signalman.notify/1"

// document is what a webhook is given.
type document struct {
	Schema   string          `json:"schema"`
	From     string          `json:"from"`
	Dropped  int             `json:"dropped"`
	Messages []toldToMachine `json:"messages"`
}

type toldToMachine struct {
	Time  time.Time `json:"time"`
	Level string    `json:"level"`
	Event string    `json:"event"`
	Text  string    `json:"text"`
	Times int       `json:"times"`
}

// room returns how many units of UTF-16 one request may have: a little less than the
// services say. A webhook has no limit that we know.
func (s *Service) room() int {
	switch s.Type {
	case Telegram:
		return 4000
	case Slack:
		return 3500
	case Discord:
		return 1900
	}
	return 100_000
}

// size returns how much room a message takes.
func (s *Service) size(m *Message) int {
	return len(utf16.Encode([]rune(s.escape(m.line())))) + 1
}

// escape keeps a service from reading more into a text than its letters.
func (s *Service) escape(text string) string {
	switch s.Type {
	case Slack:
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	case Discord:
		return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "~", `\~`, "|", `\|`, "`", "\\`", "<", `\<`, "[", `\[`).Replace(text)
	}
	return text
}

// request makes the request that tells a batch.
func (s *Service) request(ctx context.Context, b *batch, now time.Time) (*http.Request, error) {
	address, body := s.URL.Reveal(), any(nil)
	text := s.escape(strings.Join(b.lines(), "\n"))
	switch s.Type {
	case Telegram:
		address = strings.TrimSuffix(s.api(), "/") + "/bot" + s.Token.Reveal() + "/sendMessage"
		body = map[string]any{"chat_id": s.Chat, "text": text, "link_preview_options": map[string]bool{"is_disabled": true}}
	case Slack:
		body = map[string]any{"text": text, "mrkdwn": false}
	case Discord:
		body = map[string]any{"content": text, "allowed_mentions": map[string]any{"parse": []string{}}}
	default:
		body = b.document()
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(payload))
	if err != nil {
		return nil, bare(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "signalman")
	if s.Type == Webhook && s.Key.Set() {
		at := strconv.FormatInt(now.Unix(), 10)
		r.Header.Set("X-Signalman-Timestamp", at)
		r.Header.Set("X-Signalman-Signature", "sha256="+sign(s.Key, at, payload))
	}
	return r, nil
}

func (s *Service) api() string {
	if s.API == "" {
		return TelegramAPI
	}
	return s.API
}

// sign returns the HMAC-SHA256 of the time, a point and the body, in hexadecimal.
func sign(key market.Secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (b *batch) document() document {
	d := document{Schema: Schema, From: b.from, Dropped: b.dropped, Messages: []toldToMachine{}}
	for _, m := range b.messages {
		d.Messages = append(d.Messages, toldToMachine{m.Time.UTC(), strings.ToLower(m.Level.String()), m.Event, m.Text, max(1, m.Times)})
	}
	return d
}
