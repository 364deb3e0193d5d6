pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "tidings-android-sample"
include(":app", ":tidings-sdk")
project(":tidings-sdk").projectDir = file("../sdk-bindings/kotlin")
