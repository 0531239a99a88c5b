package chatapi_test

import (
	"context"
	"net/http"
	"os"
	"testing"

	chatapi "github.com/chatapi/chatapi/clients/go"
	"github.com/chatapi/chatapi/clients/go/internal/servertest"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

const botDatabase = "../../test/fixtures/maibot-0.12.db"

func TestImportAndExport(t *testing.T) {
	server := servertest.New(t)
	t.Run("gRPC", func(t *testing.T) { importAndExport(t, newClient(t, chatapi.WithAddress(server.GRPC))) })
	t.Run("Connect", func(t *testing.T) {
		importAndExport(t, newClient(t, chatapi.WithAddress(server.HTTP), chatapi.WithConnect(http.DefaultClient)))
	})
}

func importAndExport(t *testing.T, client *chatapi.Client) {
	ctx := context.Background()
	file, err := os.Open(botDatabase)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	report, err := client.Import(ctx, file, chatapi.ImportOptions{TimeZone: "Asia/Shanghai"})
	if err != nil {
		t.Fatal(err)
	}
	if read := report.GetRead(); read != 60 || report.GetRefused() != 0 {
		t.Errorf("the import read %d rows and refused %d", read, report.GetRefused())
	}
	streams, err := chatapi.Collect(client.Export(ctx))
	if err != nil {
		t.Fatal(err)
	}
	info, err := client.ServerInfo(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(streams) != 60 || info.GetStreams() != 60 {
		t.Errorf("the export has %d streams, the server %d", len(streams), info.GetStreams())
	}
	if role := info.GetCaller().GetRole(); role != chatapiv1.Role_ROLE_ADMIN {
		t.Errorf("the caller is %v", role)
	}
	for range client.Export(ctx) {
		break
	}
}
