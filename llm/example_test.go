package llm_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

func ExampleClient_Chat() {
	server := &llmtest.Server{Answer: func(chat llmtest.Chat) string { return "You asked: " + chat.User() }}
	client, err := llm.New(llm.Options{
		BaseURL:   "http://localhost:8000/v1",
		Transport: llmtest.Transport(server), // in place of the network
		Budget:    &llm.Budget{MaxTokens: 1000},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	answer, err := client.Chat(context.Background(), llm.Request{User: "How do wings make lift?", MaxTokens: 100})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Text, answer.FinishReason)
	// Output: You asked: How do wings make lift? stop
}
