/** What users of ferrule import. */

export type { Distribution } from "./cli/distribution.ts";
export { main } from "./cli/main.ts";
export { type ValuesHandler, valuesHandler } from "./client/values-handler.ts";
export { ownBuildInfo } from "./component/build-info.ts";
export type {
  CheckedConfig,
  ConfigMistake,
  ConfigSource,
  ConfigTarget,
  PrintableConfig,
  SelfReadingConfig,
} from "./component/config.ts";
export type { ConfigSnapshot } from "./component/config-snapshot.ts";
export type { Consumer, Router, TelemetryData } from "./component/consumer.ts";
export { Duration } from "./component/duration.ts";
export type { Extension, ExtensionFactory } from "./component/extension.ts";
export type { ComponentFactory } from "./component/factory.ts";
export { Float } from "./component/float.ts";
export type { Host } from "./component/host.ts";
export { Opaque } from "./component/opaque.ts";
export { Optional } from "./component/optional.ts";
export type { Connector, Exporter, PipelineComponent, Processor, Receiver } from "./component/pipeline-component.ts";
export type {
  ConnectorFactory,
  Conversion,
  ExporterFactory,
  PipelineFactories,
  PipelineSettings,
  ProcessorFactory,
  ReceiverFactory,
  SignalFactory,
} from "./component/pipeline-factory.ts";
export { RustComponentConfig } from "./component/rust-config.ts";
export { RustExtension } from "./component/rust-extension.ts";
export { RustExtensionFactory } from "./component/rust-factory.ts";
export type { BuildInfo, Settings } from "./component/settings.ts";
export type {
  JsonSchema,
  SchemaConverter,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from "./component/standard-schema.ts";
export type { ReportStatus, Status, StatusEvent } from "./component/status.ts";
export { type CollectorFactories, resolveCollector } from "./config/collector-config.ts";
export { configJsonSchema } from "./config/json-schema.ts";
export { resolveConfig } from "./config/resolve-config.ts";
export type {
  CollectorConfig,
  Configured,
  ConfiguredExtension,
  LogLevel,
  PipelineConfig,
  ServiceConfig,
  ServiceSection,
  Telemetry,
} from "./config/service-config.ts";
export { Conf, type ConfPath } from "./confmap/conf.ts";
export { ExpandedValue } from "./confmap/node.ts";
export type { Place } from "./confmap/place.ts";
export { type ConfigStage, InvalidConfigError, type Problem, type Spot } from "./confmap/problem.ts";
export type { ChangeEvent, Provider, Watcher } from "./confmap/provider.ts";
export { EnvProvider } from "./confmap/providers/env.ts";
export { FileProvider } from "./confmap/providers/file.ts";
export { HttpProvider } from "./confmap/providers/http.ts";
export { YamlProvider } from "./confmap/providers/yaml.ts";
export { resolveFiles } from "./confmap/resolve.ts";
export { defaultProviders, Resolver, type ResolverOptions } from "./confmap/resolver.ts";
export { Retrieved, type RetrievedOptions } from "./confmap/retrieved.ts";
export { decodeFields, type Fields, type FieldType } from "./confmap/target.ts";
export { Timestamp } from "./confmap/timestamp.ts";
export {
  ConsumerError,
  DownstreamError,
  downstream,
  failedItemsOf,
  GrpcStatusError,
  grpcStatusError,
  isDownstream,
  isPermanent,
  isRetryable,
  JoinedError,
  join,
  PartialError,
  PermanentError,
  partial,
  permanent,
  retryAfterOf,
  retryable,
  toGrpcStatus,
  toHttpStatus,
  withGrpcStatus,
  withHttpStatus,
  wrap,
} from "./core/consumer-error.ts";
export { type CallerInfo, type Context, type HandlerContext, type HostInfo, metadataValues } from "./core/context.ts";
export {
  AbortedError,
  BatchError,
  ConfigError,
  DeadlineError,
  type ErrorDetails,
  ExtensionError,
  type FerruleCode,
  FerruleError,
  LibraryError,
  PanicError,
  ProtocolError,
} from "./core/errors.ts";
export {
  FeatureGate,
  FeatureGates,
  featureGates,
  type GateOptions,
  type GateStage,
} from "./core/feature-gates.ts";
export { type GrpcStatus, grpcCodeName } from "./core/grpc-status.ts";
export { ComponentId, parseType } from "./core/id.ts";
export { type ComponentKind, InstanceId } from "./core/instance-id.ts";
export { type Logger, silentLogger } from "./core/logger.ts";
export { PipelineId } from "./core/pipeline-id.ts";
export { isSignal, type Signal } from "./core/signal.ts";
export { parseStability, type Stability, stabilitySentence } from "./core/stability.ts";
export { ConsumersError, PipelineError } from "./pipeline/pipeline-error.ts";
export type { Bucket } from "./runtime/histogram.ts";
export type {
  ErrorDescription,
  InterfaceDescription,
  MethodDescription,
  ParameterDescription,
  Schema,
  TypeDescription,
} from "./runtime/interface.ts";
export { attach, open } from "./runtime/open.ts";
export { Runtime } from "./runtime/runtime.ts";
export type {
  Callees,
  CallHandler,
  CallOptions,
  ClientArguments,
  ClientClass,
  ClientStartOptions,
  CloseOptions,
  ComponentInfo,
  ExtensionHandle,
  ExtensionWriter,
  Handlers,
  MethodInfo,
  OpenOptions,
  Payload,
  PayloadForm,
  RuntimeOptions,
  RuntimeStats,
  RustRuntime,
  SharedExtension,
  SharedRuntime,
  StartOptions,
  StatusReport,
  ValidConfig,
  WriterOptions,
  WriterResult,
} from "./runtime/types.ts";
export type { Abandoned } from "./service/budget.ts";
export type { ConfigSources, ConfigValues } from "./service/config-input.ts";
export type { ReloadMode, ServiceOptions, ServiceState } from "./service/options.ts";
export { Service } from "./service/service.ts";
export { ServiceError } from "./service/service-error.ts";
export { type StatusListener, StatusReporter } from "./service/status-reporter.ts";
export { validateService } from "./service/validate.ts";
