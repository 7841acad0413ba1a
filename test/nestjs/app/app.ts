import 'reflect-metadata';
import { once } from 'node:events';
import {
  type Drain,
  DrainHealthIndicator,
  DrainModule,
  type DrainModuleOptions,
  InjectDrain,
} from '@http-drain/nestjs';
import {
  Controller,
  type DynamicModule,
  Get,
  Global,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  StreamableFile,
} from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';

export const tell = (...words: unknown[]): void => console.log(words.join(' '));

/** As many a service of Prisma's: in a global module, which Nest destroys before or after the others. */
@Injectable()
class Database implements OnModuleDestroy, OnApplicationShutdown {
  #isOpen = true;

  query(): string {
    return this.#isOpen ? 'rows' : 'the database is closed';
  }

  onModuleDestroy(): void {
    this.#isOpen = false;
    tell('onModuleDestroy');
  }

  onApplicationShutdown(signal?: string): void {
    tell('onApplicationShutdown', signal);
  }
}

/** One that closes the application as it is destroyed. */
@Injectable()
export class Closer implements OnModuleDestroy {
  close: () => unknown = () => {};

  onModuleDestroy() {
    return this.close();
  }
}

@Global()
@Module({ providers: [Database, Closer], exports: [Database] })
class DatabaseModule {}

@Controller()
class AppController {
  constructor(
    private readonly database: Database,
    @InjectDrain() private readonly drain: Drain,
  ) {}

  @Get()
  hello(): string {
    return this.database.query();
  }

  /** Answered once the test sends SIGUSR2. */
  @Get('held')
  async held(): Promise<string> {
    const released = once(process, 'SIGUSR2');
    tell('held');
    await released;
    return `${this.database.query()} while ${this.drain.phase}`;
  }

  @Get('large')
  large(): StreamableFile {
    return new StreamableFile(Buffer.alloc(24 * 1024 * 1024, 'x'));
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly drain: DrainHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.drain.isHealthy()]);
  }
}

@Module({ imports: [TerminusModule.forRoot({ logger: false })], controllers: [HealthController] })
class HealthModule {}

/** An application as people write them, with a database in a global module, and health checks. */
@Module({})
export class AppModule {
  static with(
    options: DrainModuleOptions & { async?: boolean },
    ...imports: DynamicModule['imports'] & {}
  ): DynamicModule {
    const { async, ...drainOptions } = options;
    const drain = async
      ? DrainModule.forRootAsync({ inject: [Database], useFactory: async () => drainOptions })
      : DrainModule.forRoot(drainOptions);
    return {
      module: AppModule,
      imports: [DatabaseModule, HealthModule, ...imports, drain],
      controllers: [AppController],
    };
  }
}
