package store

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/gradus-ir/gradus/trec"
)

// milvus is a collection of Milvus, spoken to by its published protocol: its
// Go client brings a hundred modules with it. What the collection is of
// stands in its description.
type milvus struct {
	conn     *grpc.ClientConn
	service  milvuspb.MilvusServiceClient
	database string
	token    string // "user:password", in base64; "" for none
	table    string
	schema   Schema
}

// Fields of a collection.
const (
	idField        = "id"
	splitField     = "split"
	digestField    = "digest"
	embeddingField = "embedding"
)

func openMilvus(address *url.URL, table string) (*milvus, error) {
	host := net.JoinHostPort(address.Hostname(), cmp.Or(address.Port(), "19530"))
	conn, err := grpc.NewClient(host, grpc.WithTransportCredentials(transport(address)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		return nil, err
	}
	m := &milvus{conn: conn, service: milvuspb.NewMilvusServiceClient(conn), database: strings.Trim(address.Path, "/"), table: table}
	if address.User != nil {
		password, _ := address.User.Password()
		m.token = base64.StdEncoding.EncodeToString([]byte(address.User.Username() + ":" + password))
	}
	return m, nil
}

// call adds to a request who sends it.
func (m *milvus) call(ctx context.Context) context.Context {
	if m.token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", m.token)
	}
	if m.database != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "dbname", m.database)
	}
	return ctx
}

// answered is an error where a call failed, on its way or as its answer says.
func (m *milvus) answered(ctx context.Context, answer interface{ GetStatus() *commonpb.Status }, err error) error {
	if err != nil {
		return rpcError(ctx, m.table, err)
	}
	return m.status(answer.GetStatus())
}

// The codes of Milvus 2.3 and later that say that it has no such collection, and those of before.
const collectionNotFound = 100

func (m *milvus) status(s *commonpb.Status) error {
	//lint:ignore SA1019 servers before 2.3 set nothing else
	old := s.GetErrorCode()
	switch {
	case s.GetCode() == 0 && old == commonpb.ErrorCode_Success:
		return nil
	case s.GetCode() == collectionNotFound || old == commonpb.ErrorCode_CollectionNotExists:
		return fmt.Errorf("table %s: %w", m.table, ErrNoTable)
	case s.GetRetriable():
		return fmt.Errorf("table %s: %w: %s", m.table, ErrUnavailable, s.GetReason())
	}
	return fmt.Errorf("table %s: milvus: %s (code %d)", m.table, s.GetReason(), s.GetCode())
}

func (m *milvus) Describe(ctx context.Context) (Schema, error) {
	answer, err := m.service.DescribeCollection(m.call(ctx), &milvuspb.DescribeCollectionRequest{CollectionName: m.table})
	if err := m.answered(ctx, answer, err); err != nil {
		return Schema{}, err
	}
	m.schema, err = parseSchema(m.table, answer.GetSchema().GetDescription())
	return m.schema, err
}

func pairs(keysAndValues ...string) []*commonpb.KeyValuePair {
	var list []*commonpb.KeyValuePair
	for i := 0; i < len(keysAndValues); i += 2 {
		list = append(list, &commonpb.KeyValuePair{Key: keysAndValues[i], Value: keysAndValues[i+1]})
	}
	return list
}

// metric is Milvus's name of a similarity.
func (m *milvus) metric() string {
	return map[string]string{"cosine": "COSINE", "dot": "IP", "euclidean": "L2"}[m.schema.Similarity]
}

func (m *milvus) Create(ctx context.Context, schema Schema) error {
	m.schema = schema
	fields, err := proto.Marshal(&schemapb.CollectionSchema{Name: m.table, Description: schema.text(), Fields: []*schemapb.FieldSchema{
		{FieldID: 100, Name: idField, IsPrimaryKey: true, DataType: schemapb.DataType_VarChar, TypeParams: pairs("max_length", "1024")},
		{FieldID: 101, Name: splitField, DataType: schemapb.DataType_VarChar, TypeParams: pairs("max_length", "256")},
		{FieldID: 102, Name: digestField, DataType: schemapb.DataType_Int64},
		{FieldID: 103, Name: embeddingField, DataType: schemapb.DataType_FloatVector, TypeParams: pairs("dim", strconv.Itoa(schema.Dim))},
	}})
	if err != nil {
		return err
	}
	created, err := m.service.CreateCollection(m.call(ctx), &milvuspb.CreateCollectionRequest{
		CollectionName: m.table, Schema: fields, ShardsNum: 1, ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
	})
	if err := m.answered(ctx, statusOf{created}, err); err != nil {
		return err
	}
	return m.load(ctx)
}

// statusOf is an answer that is nothing but a status.
type statusOf struct{ status *commonpb.Status }

func (s statusOf) GetStatus() *commonpb.Status { return s.status }

// load indexes a collection, as Milvus wants it before a collection is asked anything, and opens it.
func (m *milvus) load(ctx context.Context) error {
	indexed, err := m.service.CreateIndex(m.call(ctx), &milvuspb.CreateIndexRequest{
		CollectionName: m.table, FieldName: embeddingField, IndexName: embeddingField,
		ExtraParams: pairs("index_type", "AUTOINDEX", "metric_type", m.metric(), "params", "{}"),
	})
	if err := m.answered(ctx, statusOf{indexed}, err); err != nil {
		return err
	}
	loaded, err := m.service.LoadCollection(m.call(ctx), &milvuspb.LoadCollectionRequest{CollectionName: m.table, ReplicaNumber: 1})
	return m.answered(ctx, statusOf{loaded}, err)
}

func (m *milvus) query(ctx context.Context, expression string, fields ...string) ([]*schemapb.FieldData, error) {
	answer, err := m.service.Query(m.call(ctx), &milvuspb.QueryRequest{
		CollectionName: m.table, Expr: expression, OutputFields: fields, ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
	})
	if err := m.answered(ctx, answer, err); err != nil {
		return nil, err
	}
	return answer.GetFieldsData(), nil
}

func (m *milvus) Digests(ctx context.Context, ids []string) (map[string]int64, error) {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = quote(id)
	}
	fields, err := m.query(ctx, idField+" in ["+strings.Join(quoted, ",")+"]", idField, digestField)
	if err != nil {
		return nil, err
	}
	found := column(fields, idField).GetScalars().GetStringData().GetData()
	values := column(fields, digestField).GetScalars().GetLongData().GetData()
	if len(found) != len(values) {
		return nil, fmt.Errorf("table %s: want as many digests as ids from milvus, got %d and %d", m.table, len(values), len(found))
	}
	digests := make(map[string]int64, len(found))
	for i, id := range found {
		digests[id] = values[i]
	}
	return digests, nil
}

func column(fields []*schemapb.FieldData, name string) *schemapb.FieldData {
	for _, field := range fields {
		if field.GetFieldName() == name {
			return field
		}
	}
	return nil
}

func (m *milvus) Upsert(ctx context.Context, records []Record) error {
	var ids, splits []string
	var digests []int64
	var values []float32
	for _, record := range records {
		ids, splits, digests = append(ids, record.ID), append(splits, record.Split), append(digests, record.digest())
		values = append(values, record.Vector...)
	}
	answer, err := m.service.Upsert(m.call(ctx), &milvuspb.UpsertRequest{
		CollectionName: m.table, NumRows: uint32(len(records)),
		FieldsData: []*schemapb.FieldData{
			texts(idField, ids), texts(splitField, splits),
			{FieldName: digestField, Type: schemapb.DataType_Int64, Field: &schemapb.FieldData_Scalars{Scalars: &schemapb.ScalarField{
				Data: &schemapb.ScalarField_LongData{LongData: &schemapb.LongArray{Data: digests}}}}},
			{FieldName: embeddingField, Type: schemapb.DataType_FloatVector, Field: &schemapb.FieldData_Vectors{Vectors: &schemapb.VectorField{
				Dim: int64(m.schema.Dim), Data: &schemapb.VectorField_FloatVector{FloatVector: &schemapb.FloatArray{Data: values}}}}},
		},
	})
	return m.answered(ctx, answer, err)
}

func texts(name string, values []string) *schemapb.FieldData {
	return &schemapb.FieldData{FieldName: name, Type: schemapb.DataType_VarChar, Field: &schemapb.FieldData_Scalars{Scalars: &schemapb.ScalarField{
		Data: &schemapb.ScalarField_StringData{StringData: &schemapb.StringArray{Data: values}}}}}
}

// Finish has nothing to do: Milvus indexes what it takes, and strong consistency shows it.
func (m *milvus) Finish(context.Context) error { return nil }

func (m *milvus) Count(ctx context.Context, split string) (int64, error) {
	fields, err := m.query(ctx, ofSplit(split), "count(*)")
	if err != nil {
		return 0, err
	}
	for _, field := range fields {
		if counts := field.GetScalars().GetLongData().GetData(); len(counts) == 1 {
			return counts[0], nil
		}
	}
	return 0, fmt.Errorf("table %s: want a count from milvus, got none", m.table)
}

func ofSplit(split string) string {
	if split == "" {
		return ""
	}
	return splitField + " == " + quote(split)
}

// quote is a text in an expression of Milvus. Milvus Lite fails on an
// apostrophe that is not escaped, in double quotes too.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`).Replace(text) + `"`
}

func (m *milvus) TopK(ctx context.Context, query []float32, k int, split string) ([]trec.Scored, error) {
	vector := make([]byte, 0, 4*len(query))
	for _, x := range query {
		vector = binary.LittleEndian.AppendUint32(vector, math.Float32bits(x))
	}
	group, err := proto.Marshal(&commonpb.PlaceholderGroup{Placeholders: []*commonpb.PlaceholderValue{
		{Tag: "$0", Type: commonpb.PlaceholderType_FloatVector, Values: [][]byte{vector}},
	}})
	if err != nil {
		return nil, err
	}
	answer, err := m.service.Search(m.call(ctx), &milvuspb.SearchRequest{
		CollectionName: m.table, Dsl: ofSplit(split), DslType: commonpb.DslType_BoolExprV1, Nq: 1,
		SearchInput:      &milvuspb.SearchRequest_PlaceholderGroup{PlaceholderGroup: group},
		ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
		SearchParams: pairs("anns_field", embeddingField, "topk", strconv.Itoa(k), "metric_type", m.metric(),
			"round_decimal", "-1", "params", "{}", "ignore_growing", "false"),
	})
	if err := m.answered(ctx, answer, err); err != nil {
		return nil, err
	}
	ids, scores := answer.GetResults().GetIds().GetStrId().GetData(), answer.GetResults().GetScores()
	if len(ids) != len(scores) {
		return nil, fmt.Errorf("table %s: want as many scores as documents from milvus, got %d and %d", m.table, len(scores), len(ids))
	}
	ranking := make([]trec.Scored, len(ids))
	for i, id := range ids {
		score := float64(scores[i])
		if m.schema.Similarity == "euclidean" {
			score = -math.Sqrt(score) // it is the square of the distance
		}
		ranking[i] = trec.Scored{DocID: id, Score: score}
	}
	slices.SortFunc(ranking, trec.Compare)
	return ranking, nil
}

func (m *milvus) Close() error { return m.conn.Close() }
