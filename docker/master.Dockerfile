# A master of HaActors. From the repository's root: docker build -f docker/master.Dockerfile -t haactors .
# Run: docker run --cap-add NET_RAW -v haactors:/data -p 8080:8080 haactors      (the administrator's token is in its first output)
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish src/HaActors.Master -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
    && apt-get install -y --no-install-recommends ipmitool iputils-ping \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 0700 -o $APP_UID /data
COPY --from=build /app /app
USER $APP_UID
ENV HaActors__DataDirectory=/data Urls=http://0.0.0.0:8080 HTTP_PORTS=
VOLUME /data
EXPOSE 8080 4053
WORKDIR /data
ENTRYPOINT ["/app/haactors"]
