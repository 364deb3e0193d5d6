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
include(":app", ":tidings-sdk", ":tidings-ui-kit")
project(":tidings-sdk").projectDir = file("../sdk-bindings/kotlin")
project(":tidings-ui-kit").projectDir = file("../sdk-bindings/kotlin/ui-kit")
