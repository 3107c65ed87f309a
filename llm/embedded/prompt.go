package embedded

import (
	"errors"
	"strings"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// prompt lays the messages out as the model was trained to see them and cuts
// the text into tokens.
func (m *model) prompt(messages []message) ([]llama.Token, error) {
	clean := make([]message, len(messages))
	for i, msg := range messages {
		clean[i] = message{Role: msg.Role, Content: text(disarm(string(msg.Content), m.control))}
	}
	laidOut := m.layOut(clean)
	tokens := llama.Tokenize(m.vocab, laidOut, m.addBOS && !m.startsWithBOS(laidOut), true)
	if len(tokens) == 0 {
		return nil, errors.New("the messages hold no text")
	}
	return tokens, nil
}

// layOut applies the template of the GGUF where llama.cpp knows it, and ChatML
// otherwise, which most small models understand.
func (m *model) layOut(messages []message) string {
	if m.template == "" {
		return chatML(messages)
	}
	chat := make([]llama.ChatMessage, len(messages))
	size := 0
	for i, msg := range messages {
		chat[i] = llama.NewChatMessage(msg.Role, string(msg.Content))
		size += len(msg.Role) + len(msg.Content) + 64
	}
	for {
		buf := make([]byte, size+256)
		n := int(llama.ChatApplyTemplate(m.template, chat, true, buf))
		switch {
		case n <= 0:
			return chatML(messages)
		case n <= len(buf):
			return string(buf[:n])
		}
		size = n
	}
}

func (m *model) startsWithBOS(s string) bool {
	bos := llama.VocabGetText(m.vocab, llama.VocabBOS(m.vocab))
	return bos != "" && strings.HasPrefix(s, bos)
}

func chatML(messages []message) string {
	var b strings.Builder
	for _, msg := range messages {
		b.WriteString("<|im_start|>" + msg.Role + "\n" + string(msg.Content) + "<|im_end|>\n")
	}
	b.WriteString("<|im_start|>assistant\n")
	return b.String()
}

// disarm breaks up control tokens written out in a message, so that a query
// which contains "<|im_end|>" cannot end its own turn. NUL would end a C string.
func disarm(s string, control []string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	for _, c := range control {
		if len(c) > 1 && strings.Contains(s, c) {
			s = strings.ReplaceAll(s, c, c[:1]+" "+c[1:])
		}
	}
	return s
}
