package notify

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"
)

// A Message is one thing to tell.
type Message struct {
	Time  time.Time
	Level slog.Level
	Event string // what kind of thing it is: "halt", "fill"; "log" where nobody says
	Text  string // one line
	Times int    // how often it was told in a row; 0 is once
}

// longest is how many bytes of a message are told.
const longest = 1500

// trim makes one line of a text that is not too long.
func trim(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) <= longest {
		return text
	}
	cut := longest
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// line is a message as people read it. The time is of UTC; the level stands where it is
// grave.
func (m *Message) line() string {
	grave := ""
	switch {
	case m.Level >= slog.LevelError:
		grave = "ERROR "
	case m.Level >= slog.LevelWarn:
		grave = "warning: "
	}
	text := m.Time.UTC().Format("15:04:05Z ") + grave + m.Text
	if m.Times > 1 {
		text += fmt.Sprintf(" (%d times)", m.Times)
	}
	return text
}

// A batch is what one request tells.
type batch struct {
	from     string
	messages []Message
	dropped  int // messages before them that nobody will tell any more
}

// lines are what people read, oldest first.
func (b *batch) lines() []string {
	var list []string
	if b.from != "" {
		list = append(list, b.from)
	}
	if b.dropped > 0 {
		list = append(list, fmt.Sprintf("(%d older messages were dropped: see the log)", b.dropped))
	}
	for i := range b.messages {
		list = append(list, b.messages[i].line())
	}
	return list
}
