package bench

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v75/github"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// lent is transport's client over a fake, as another SDK gets it.
func lent(t *testing.T, fake *transporttest.Vendor) *http.Client {
	t.Helper()
	c, err := transport.NewHTTPClient(transport.WithTransport(fake.Transport()), transport.WithBackoff(0, time.Millisecond),
		transport.WithLimiters(transport.NewConcurrency(2)))
	require.NoError(t, err)
	return c
}

const completion = `{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]}`

func openAI(t *testing.T, fake *transporttest.Vendor) openai.Client {
	t.Helper()
	return openai.NewClient(option.WithBaseURL("https://api.openai.test/v1/"), option.WithAPIKey(secret),
		option.WithHTTPClient(lent(t, fake)), option.WithMaxRetries(0))
}

var question = openai.ChatCompletionNewParams{Model: "any", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hello?")}}

func TestForeign_OpenAI(t *testing.T) {
	fake := transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, completion)
	}))
	ai := openAI(t, fake)
	ask := func(opts ...option.RequestOption) (string, error) {
		fake.Reset()
		fake.Inject(transporttest.Fault{Refuse: true}, transporttest.Fault{Status: 429})
		answer, err := ai.Chat.Completions.New(t.Context(), question, opts...)
		if err != nil {
			return "", err
		}
		return answer.Choices[0].Message.Content, nil
	}
	text, err := ask()
	require.NoError(t, err)
	require.Equal(t, "hello", text)
	require.Len(t, fake.Requests(), 2, "the refused dial and the 429 are repeated")

	fake.Reset()
	fake.Inject(transporttest.Fault{Reset: true, After: true})
	_, err = ai.Chat.Completions.New(t.Context(), question, option.WithQuery("key", secret))
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.Len(t, fake.Requests(), 1, "what may have been answered, and paid for, is not repeated")
	require.NotContains(t, fmt.Sprintf("%v %+v", err, err), secret)

	fake.Inject(transporttest.Fault{Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"error":{"message":"no such model","code":"model_not_found"}}`})
	_, err = ai.Chat.Completions.New(t.Context(), question)
	var apiErr *openai.Error
	require.ErrorAs(t, err, &apiErr, "the SDK sees the vendor's own error")
	require.Equal(t, "model_not_found", apiErr.Code)
}

func TestForeign_OpenAIStreams(t *testing.T) {
	fake := transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, word := range []string{"one ", "two "} {
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", word)
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))
	ai := openAI(t, fake)
	stream := ai.Chat.Completions.NewStreaming(t.Context(), question)
	var text strings.Builder
	for stream.Next() {
		text.WriteString(stream.Current().Choices[0].Delta.Content)
	}
	require.NoError(t, stream.Err())
	require.NoError(t, stream.Close())
	require.Equal(t, "one two ", text.String())
}

func TestForeign_GitHub(t *testing.T) {
	fake := transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = io.WriteString(w, `{"number":7,"title":"bug"}`)
	}))
	gh := github.NewClient(lent(t, fake)).WithAuthToken(secret)
	fake.Inject(transporttest.Fault{Status: 502}, transporttest.Fault{Reset: true})
	issue, _, err := gh.Issues.Get(t.Context(), "o", "r", 7)
	require.NoError(t, err)
	require.Equal(t, "bug", issue.GetTitle())
	require.Len(t, fake.Requests(), 3, "a read is repeated")

	fake.Reset()
	fake.Inject(transporttest.Fault{Status: 502, After: true})
	_, _, err = gh.Issues.Create(t.Context(), "o", "r", &github.IssueRequest{Title: new("bug")})
	var ghErr *github.ErrorResponse
	require.True(t, errors.As(err, &ghErr))
	require.Equal(t, 502, ghErr.Response.StatusCode)
	require.Len(t, fake.Requests(), 1, "a POST that may have been carried out is not")

	fake.Reset()
	fake.Inject(transporttest.Fault{Reset: true, After: true})
	_, _, err = gh.Issues.Create(t.Context(), "o", "r", &github.IssueRequest{Title: new("bug")})
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.NotContains(t, err.Error(), secret)
	require.Len(t, fake.Requests(), 1)
}
