/**
 * The messages of the Yamcs API, as its clients know them: names, fields, numbers. Everything here and in its neighbours
 * is handled in the canonical JSON form; octets are made of that and read into that at the edge.
 */
import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_empty,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt'

const WELL_KNOWN = new Set(['Any', 'Empty', 'Struct', 'Timestamp'])
const { STRING, BYTES, BOOL, INT32, INT64, UINT32, UINT64, MESSAGE, ENUM } = FieldDescriptorProto_Type
const SCALARS: Readonly<Record<string, FieldDescriptorProto_Type>> = {
  string: STRING,
  bytes: BYTES,
  bool: BOOL,
  int32: INT32,
  int64: INT64,
  uint32: UINT32,
  uint64: UINT64,
}

/** One package: messages as `name type number`, `*` before what is repeated, `map` for texts by texts. */
interface Package {
  readonly name: string
  readonly proto3?: true
  readonly enums?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly messages: Readonly<Record<string, string>>
}

const PACKAGES: readonly Package[] = [
  {
    name: 'yamcs.api',
    proto3: true,
    messages: {
      ExceptionMessage: 'code int32 1, type string 2, msg string 3, detail Any 4',
      ClientMessage:
        'type string 1, options Any 2, id int32 3, call int32 4, maxDroppedWrites int32 5, lowPriority bool 6',
      ServerMessage: 'type string 1, call int32 2, seq int32 3, data Any 4',
      CancelOptions: 'call int32 1',
      Reply: 'replyTo int32 1, exception ExceptionMessage 2',
      CallInfo: 'call int32 1, type string 2, options Any 3',
      State: 'calls *CallInfo 1',
    },
  },
  {
    name: 'yamcs.protobuf.filetransfer',
    enums: {
      TransferDirection: { UPLOAD: 1, DOWNLOAD: 2 },
      TransferState: { RUNNING: 1, PAUSED: 2, FAILED: 3, COMPLETED: 4, QUEUED: 5, CANCELLING: 6 },
      OptionType: { BOOLEAN: 0, DOUBLE: 1, STRING: 2 },
    },
    messages: {
      EntityInfo: 'name string 1, id uint64 2',
      FileTransferCapabilities:
        'upload bool 1, download bool 2, remotePath bool 4, fileList bool 5, hasTransferType bool 6, pauseResume bool 9',
      OptionValue: 'value string 1, verboseName string 2',
      FileTransferOption:
        'name string 1, type OptionType 2, title string 3, description string 4, associatedText string 5,' +
        ' default string 6, values *OptionValue 7, allowCustomOption bool 8',
      FileTransferServiceInfo:
        'instance string 1, name string 2, localEntities *EntityInfo 3, remoteEntities *EntityInfo 4,' +
        ' capabilities FileTransferCapabilities 5, transferOptions *FileTransferOption 6',
      ListFileTransferServicesResponse: 'services *FileTransferServiceInfo 1',
      TransactionId: 'sequenceNumber uint32 1, initiatorEntity uint64 2',
      TransferInfo:
        'id uint64 1, startTime Timestamp 2, state TransferState 3, bucket string 4, objectName string 5,' +
        ' remotePath string 6, direction TransferDirection 7, totalSize uint64 8, sizeTransferred uint64 9,' +
        ' reliable bool 10, failureReason string 11, transactionId TransactionId 12, creationTime Timestamp 13,' +
        ' transferType string 14, localEntity EntityInfo 15, remoteEntity EntityInfo 16',
      // 7 is what clients before 1.9.3 send in the place of options.
      LegacyOptions: 'overwrite bool 1, createPath bool 2, reliable bool 3, closureRequested bool 4',
      CreateTransferRequest:
        'instance string 1, direction TransferDirection 2, bucket string 3, objectName string 4,' +
        ' remotePath string 5, uploadOptions LegacyOptions 7, serviceName string 8, source string 9,' +
        ' destination string 10, options Struct 11',
      ListTransfersResponse: 'transfers *TransferInfo 1',
      SubscribeTransfersRequest: 'instance string 1, serviceName string 2, ongoingOnly bool 3',
      ListFilesRequest:
        'instance string 1, serviceName string 2, source string 3, destination string 4, remotePath string 5, options Struct 6',
      RemoteFile:
        'name string 1, isDirectory bool 2, size uint64 3, modified Timestamp 4, displayName string 5, extra Struct 6',
      ListFilesResponse:
        'files *RemoteFile 1, destination string 2, remotePath string 3, listTime Timestamp 4, state string 5, progressMessage string 6',
    },
  },
  {
    name: 'yamcs.protobuf.buckets',
    messages: {
      BucketLocation: 'name string 1, description string 2',
      BucketInfo:
        'name string 1, size uint64 2, numObjects uint32 3, maxSize uint64 4, maxObjects uint32 5,' +
        ' created Timestamp 6, directory string 7, location BucketLocation 8',
      ListBucketsResponse: 'buckets *BucketInfo 1',
      CreateBucketRequest: 'instance string 1, name string 2',
      ObjectInfo: 'name string 1, created Timestamp 2, size uint64 3, metadata map 4, contentType string 5',
      ListObjectsResponse: 'prefixes *string 1, objects *ObjectInfo 2',
    },
  },
  {
    name: 'yamcs.protobuf.auth',
    messages: { AuthInfo: 'requireAuthentication bool 1, spnego bool 2' },
  },
  {
    name: 'yamcs.protobuf.iam',
    messages: {
      UserInfo:
        'superuser bool 13, active bool 16, name string 17, displayName string 18, systemPrivileges *string 26',
      SessionEventInfo: 'endReason string 1',
    },
  },
  {
    name: 'yamcs.protobuf.server',
    messages: {
      GetServerInfoResponse: 'yamcsVersion string 1, serverId string 2, defaultYamcsInstance string 3',
    },
  },
  {
    name: 'yamcs.protobuf.instances',
    enums: {
      InstanceState: {
        OFFLINE: 0,
        INITIALIZING: 1,
        INITIALIZED: 2,
        STARTING: 3,
        RUNNING: 4,
        STOPPING: 5,
        FAILED: 6,
      },
    },
    messages: {
      YamcsInstance:
        'name string 1, missionTime Timestamp 10, state InstanceState 11, capabilities *string 13',
      ListInstancesResponse: 'instances *YamcsInstance 1',
    },
  },
  {
    name: 'yamcs.protobuf.services',
    enums: { ServiceState: { NEW: 0, STARTING: 1, RUNNING: 2, STOPPING: 3, TERMINATED: 4, FAILED: 5 } },
    messages: {
      ServiceInfo: 'instance string 1, name string 2, state ServiceState 3, className string 4',
      ListServicesResponse: 'services *ServiceInfo 1',
      ListProcessorsResponse: '',
    },
  },
  {
    name: 'yamcs.protobuf.events',
    enums: {
      EventSeverity: {
        INFO: 0,
        WARNING: 1,
        ERROR: 2,
        WATCH: 3,
        WARNING_NEW: 4,
        DISTRESS: 5,
        CRITICAL: 6,
        SEVERE: 7,
      },
    },
    messages: {
      Event:
        'source string 1, generationTime Timestamp 2, receptionTime Timestamp 3, seqNumber int32 4, type string 5,' +
        ' message string 6, severity EventSeverity 7, createdBy string 10, extra map 11',
      CreateEventRequest:
        'instance string 1, type string 2, message string 3, severity string 4, time Timestamp 5, source string 6,' +
        ' sequenceNumber int32 7, extra map 8',
      ListEventsResponse: 'event *Event 1, continuationToken string 2, events *Event 3',
      ListEventSourcesResponse: 'source *string 1, sources *string 2',
      SubscribeEventsRequest: 'instance string 1, filter string 2',
    },
  },
  {
    name: 'yamcs.protobuf.time',
    messages: { SubscribeTimeRequest: 'instance string 1, processor string 2' },
  },
  {
    name: 'yamcs.protobuf.links',
    messages: {
      LinkInfo:
        'instance string 1, name string 2, type string 3, spec string 4, disabled bool 6, status string 7,' +
        ' detailedStatus string 9, dataInCount int64 10, dataOutCount int64 11',
      ListLinksResponse: 'links *LinkInfo 1',
      SubscribeLinksRequest: 'instance string 1',
      LinkEvent: 'links *LinkInfo 3',
    },
  },
]

const REGISTRY: FileRegistry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      ...[file_google_protobuf_any, file_google_protobuf_empty, file_google_protobuf_struct],
      file_google_protobuf_timestamp,
    ]
      .map(({ proto }) => proto)
      .concat(PACKAGES.map(describeFile)),
  }),
)

/** Full name of a message. */
export type MessageName = string

/** @returns undefined when the octets or the object are no such message */
export function readMessage(name: MessageName, body: Uint8Array | JsonValue): JsonObject | undefined {
  const type = typeOf(name)
  try {
    const message =
      body instanceof Uint8Array
        ? fromBinary(type, body)
        : fromJson(type, body, { ignoreUnknownFields: true, registry: REGISTRY })
    return toJson(type, message, { registry: REGISTRY }) as JsonObject
  } catch {
    return undefined
  }
}

/** A message in its canonical JSON form, as octets. */
export function writeMessage(name: MessageName, value: JsonObject): Uint8Array {
  const type = typeOf(name)
  const message = fromJson(type, value, { registry: REGISTRY })
  // The library names types by its maker's host; Yamcs names them by nothing.
  const packed = (message as { data?: { typeUrl?: string } }).data
  if (packed?.typeUrl !== undefined) packed.typeUrl = packed.typeUrl.replace(/^.*\//, '/')
  return toBinary(type, message)
}

/** Whether there is a message of that name. */
export function isMessage(name: string): boolean {
  return REGISTRY.getMessage(name) !== undefined
}

function typeOf(name: MessageName): DescMessage {
  const type = REGISTRY.getMessage(name)
  if (type === undefined) throw new Error(`there is no message ${name}`)
  return type
}

function describeFile({ name, proto3, enums = {}, messages }: Package) {
  return create(FileDescriptorProtoSchema, {
    name: `${name.replaceAll('.', '/')}.proto`,
    package: name,
    syntax: proto3 === true ? 'proto3' : 'proto2',
    dependency: ['any', 'empty', 'struct', 'timestamp'].map(each => `google/protobuf/${each}.proto`),
    enumType: Object.entries(enums).map(([enumName, values]) =>
      create(EnumDescriptorProtoSchema, {
        name: enumName,
        value: Object.entries(values).map(([value, number]) => ({ name: value, number })),
      }),
    ),
    messageType: Object.entries(messages).map(([message, fields]) =>
      describeMessage(name, message, fields, Object.keys(enums)),
    ),
  })
}

function describeMessage(
  inPackage: string,
  name: string,
  fields: string,
  enums: readonly string[],
): DescriptorProto {
  const listed = fields.split(',').flatMap(field => {
    const [fieldName = '', type = '', number] = field.trim().split(' ')
    return fieldName === '' ? [] : [{ fieldName, type, number: Number(number) }]
  })
  const maps = listed.filter(({ type }) => type === 'map')
  return create(DescriptorProtoSchema, {
    name,
    field: listed.map(({ fieldName, type, number }) => {
      const isRepeated = type.startsWith('*') || type === 'map'
      const plain = type.replace('*', '')
      const typeName =
        type === 'map'
          ? `.${inPackage}.${name}.${entryName(fieldName)}`
          : WELL_KNOWN.has(plain)
            ? `.google.protobuf.${plain}`
            : `.${inPackage}.${plain}`
      const scalar = SCALARS[plain]
      return create(FieldDescriptorProtoSchema, {
        name: fieldName,
        jsonName: fieldName,
        number,
        label: isRepeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
        ...(scalar === undefined
          ? { type: enums.includes(plain) ? ENUM : MESSAGE, typeName }
          : { type: scalar }),
      })
    }),
    nestedType: maps.map(({ fieldName }) =>
      create(DescriptorProtoSchema, {
        name: entryName(fieldName),
        options: { mapEntry: true },
        field: [
          {
            name: 'key',
            jsonName: 'key',
            number: 1,
            type: STRING,
            label: FieldDescriptorProto_Label.OPTIONAL,
          },
          {
            name: 'value',
            jsonName: 'value',
            number: 2,
            type: STRING,
            label: FieldDescriptorProto_Label.OPTIONAL,
          },
        ],
      }),
    ),
  })
}

function entryName(field: string): string {
  return `${field.charAt(0).toUpperCase()}${field.slice(1)}Entry`
}
